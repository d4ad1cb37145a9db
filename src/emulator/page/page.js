// Asks the emulator for its overview once a second and shows it. All text goes into the page as text, never as
// HTML. JSON stays the text that came: parsed and written again, its numbers would not be those of the API.
"use strict";

const PAUSE_MS = 1000;
/** A longer JSON text is formatted only when somebody opens it, and one that is nested deeper is not at all. */
const FORMATTED_AT_ONCE = 2000;
const DEEPEST = 50;
const PREFIXES = /^\/v1\/(mgmt\/mcp\/|apps\/agentic\/[^/]*\/[^/]*\/)/;

const at = (id) => document.getElementById(id);

/** An element with a class and children, which are elements or texts. */
function el(tag, name, ...children) {
  const element = document.createElement(tag);
  if (name) element.className = name;
  element.append(...children.filter((child) => child !== null && child !== ""));
  return element;
}

function titled(element, title) {
  element.title = title;
  return element;
}

function count(number, one, many = one + "s") {
  return `${number} ${number === 1 ? one : many}`;
}

// --- JSON ---------------------------------------------------------------------------------------------------------

function parsed(text) {
  try {
    const value = JSON.parse(text);
    return value && typeof value === "object" ? value : {};
  } catch {
    return {};
  }
}

/** A value of JSON as text. Templates and String() would call a toString that is in the value. */
function plain(value) {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function size(list) {
  return Array.isArray(list) ? list.length : 0;
}

/** A JSON text, formatted or, as long as it is closed and long, as it came. */
function json(text) {
  const shown = el("pre", "json", text);
  if (text.length <= FORMATTED_AT_ONCE) format(shown);
  else shown.dataset.raw = "";
  return shown;
}

/** How deep a JSON text is nested. */
function nesting(tokens) {
  let now = 0;
  let deepest = 0;
  for (const token of tokens) {
    if (token === "{" || token === "[") now += 1;
    if (token === "}" || token === "]") now -= 1;
    deepest = Math.max(deepest, now);
  }
  return deepest;
}

/** Indents and colours a JSON text. Its tokens stay as they are. */
function format(shown) {
  delete shown.dataset.raw;
  const tokens = shown.textContent.match(/"(?:\\.|[^"\\])*"|[{}[\],:]|[^\s{}[\],:"]+/g) ?? [];
  // Each level indents its lines further: far too much if somebody sends thousands of levels.
  if (nesting(tokens) > DEEPEST) return;
  shown.replaceChildren();
  const line = (depth) => shown.append("\n" + "  ".repeat(depth));
  let depth = 0;
  tokens.forEach((token, index) => {
    const next = tokens[index + 1];
    const last = tokens[index - 1];
    if (token === "{" || token === "[") {
      shown.append(token);
      depth += 1;
      if (next !== "}" && next !== "]") line(depth);
    } else if (token === "}" || token === "]") {
      depth -= 1;
      if (last !== "{" && last !== "[") line(depth);
      shown.append(token);
    } else if (token === ",") {
      shown.append(token);
      line(depth);
    } else if (token === ":") {
      shown.append(": ");
    } else if (token.startsWith('"')) {
      shown.append(el("span", next === ":" ? "key" : "text", token));
    } else {
      shown.append(el("span", "number", token));
    }
  });
}

document.addEventListener("toggle", (event) => {
  if (!event.target.open) return;
  for (const shown of event.target.querySelectorAll("pre[data-raw]")) format(shown);
}, true);

// --- Lists --------------------------------------------------------------------------------------------------------

/** Which item each element shows, and what the item was then. */
const shownAs = new WeakMap();

/** An element for an item. One item that the page does not understand takes nothing else from it. */
function builtOr(build, item) {
  try {
    return build(item);
  } catch (error) {
    return el("p", "warning", `The page can’t show this: ${error.message}. See /_emulator/servers and …/requests.`);
  }
}

/**
 * Makes the children of a list those of the items. What has not changed stays the same element, so that nothing
 * that somebody opened closes, and no focus is lost.
 */
function show(list, items, key, build) {
  const before = new Map(Array.from(list.children, (child) => [shownAs.get(child).key, child]));
  let place = list.firstElementChild;
  for (const item of items) {
    const signature = JSON.stringify(item);
    let child = before.get(key(item));
    before.delete(key(item));
    if (!child || shownAs.get(child).signature !== signature) {
      const built = builtOr(build, item);
      shownAs.set(built, { key: key(item), signature });
      if (child) {
        built.open = child.open;
        if (place === child) place = built;
        child.replaceWith(built);
      }
      child = built;
    }
    if (child === place) place = place.nextElementSibling;
    else list.insertBefore(child, place);
  }
  for (const gone of before.values()) gone.remove();
}

/** What a list has, or, if it has nothing, what to do about that. */
function showOr(list, latest, key, build, empty) {
  const items = latest.length ? latest : [{ empty: true }];
  show(list, items, (item) => (item.empty ? "empty" : key(item)), (item) => (item.empty ? empty() : build(item)));
}

function empty(text, more, ...commands) {
  const shells = commands.map((command) => el("pre", "shell", command));
  return el("div", "empty", el("p", "", text), el("p", "quiet", more), ...shells);
}

function facts(pairs) {
  const list = el("dl", "facts");
  for (const [name, value] of pairs) {
    if (value !== null && value !== "") list.append(el("div", "", el("dt", "", name), el("dd", "", value)));
  }
  return list;
}

// --- Servers and clients ------------------------------------------------------------------------------------------

function scopes(server) {
  const kinds = ["permission", "attribute", "connection"];
  const counted = kinds.map((kind) => [size(server.approvedScopes?.[`${kind}sScopes`]), kind]);
  const total = counted.reduce((sum, [number]) => sum + number, 0);
  const parts = counted.filter(([number]) => number).map(([number, word]) => count(number, word));
  return total ? titled(el("span", "", String(total)), parts.join(", ")) : "none";
}

function registration(server) {
  const ways = [];
  if (server.dynamicRegistration?.enabled) ways.push("dynamic (DCR)");
  if (server.cimdSettings?.enabled) {
    const domains = size(server.cimdSettings.domainPolicies?.policies);
    ways.push(`CIMD, ${domains ? count(domains, "domain rule") : "any domain"}`);
  }
  return ways.length ? ways.join(" · ") : "by hand only";
}

function lifetimes(server) {
  const session = server.sessionSettings;
  if (!session?.enabled) return "project’s defaults";
  const kinds = [["session", "sessionToken"], ["refresh", "refreshToken"], ["key session", "keySessionToken"]];
  const time = (field) => plain(session[`${field}Expiration`] || "");
  const units = (field) => plain(session[`${field}ExpirationUnit`] ?? "");
  const unit = (field) => (time(field) === "1" ? units(field).replace(/s$/, "") : units(field));
  const times = kinds
    .filter(([, field]) => time(field))
    .map(([word, field]) => `${word} ${time(field)} ${unit(field)}`.trim());
  return times.length ? times.join(" · ") : "on, none set";
}

function whole(object) {
  if (object.json === null) return el("p", "quiet", "It is too long to be shown here. See /_emulator/servers.");
  return json(object.json);
}

function server(object) {
  const settings = parsed(object.json ?? "{}");
  const description = typeof settings.description === "string" ? settings.description : "";
  return el("details", "card",
    el("summary", "",
      el("div", "name", object.name || "(no name)"),
      el("div", "ids", el("code", "", object.id), el("span", "quiet", "in ", el("code", "", object.project))),
      description ? el("p", "description", description) : "",
      facts([
        ["Scopes", scopes(settings)],
        ["Registration", registration(settings)],
        ["Lifetimes", lifetimes(settings)],
      ])),
    el("div", "more", whole(object)));
}

function client(object, names) {
  const settings = parsed(object.json ?? "{}");
  const of = names.get(settings.mcpServerId) ?? plain(settings.mcpServerId ?? "");
  return el("details", "row client",
    el("summary", "",
      el("span", "name", object.name || "(no name)"),
      el("code", "", plain(settings.clientId ?? object.id)),
      el("span", "quiet", `of ${of}`),
      el("span", "badge", plain(settings.status ?? ""))),
    el("div", "more", whole(object)));
}

// --- Requests -----------------------------------------------------------------------------------------------------

function status(request) {
  const code = request.status;
  const word = code === 0 ? "broken" : String(code);
  const kind = code === 0 || code >= 500 ? "bad" : code >= 400 ? "warn" : "good";
  const title = code === 0 ? "The connection broke before an answer" : `Status ${code}`;
  return titled(el("span", `badge ${kind}`, word), title);
}

function took(milliseconds) {
  if (milliseconds === null) return "under way";
  if (milliseconds < 1) return "< 1 ms";
  return milliseconds < 1000 ? `${milliseconds} ms` : `${(milliseconds / 1000).toFixed(1)} s`;
}

/** A path. What tells it from others is what stands out. */
function path(text) {
  const prefix = text.match(PREFIXES)?.[0] ?? "";
  return titled(el("span", "path", el("span", "prefix", prefix), text.slice(prefix.length)), text);
}

function body(request) {
  if (request.body === null) return el("p", "quiet", `The body has ${request.length} bytes. See /_emulator/requests.`);
  return request.body === "null" ? el("p", "quiet", "It has no JSON body.") : json(request.body);
}

function request(entry) {
  const time = new Date(entry.time);
  const dropped = entry.dropped.length
    ? el("p", "warning", `Dropped, since the API does not document it: ${entry.dropped.join(", ")}`)
    : "";
  return el("details", "row request",
    el("summary", "",
      titled(el("time", "quiet", time.toLocaleTimeString([], { hour12: false })), entry.time),
      el("span", "method", entry.method),
      path(entry.path),
      status(entry),
      el("span", "took quiet", took(entry.took_ms))),
    el("div", "more",
      dropped,
      facts([
        ["Project", entry.project ? el("code", "", entry.project) : entry.status === 401 ? "refused credentials" : ""],
        ["User agent", entry.user_agent],
        ["Under way at once", entry.at_once > 1 ? count(entry.at_once, "request") : ""],
      ]),
      body(entry)));
}

// --- Faults and switches ------------------------------------------------------------------------------------------

function fault(entry) {
  const kind = plain(parsed(entry.json).kind ?? "fault");
  const which = entry.times === 1 ? "the next request" : `the next ${entry.times} requests`;
  return el("details", "row fault",
    el("summary", "",
      el("span", "badge warn", kind),
      el("span", "", which, entry.path ? " to …" : "", el("b", "", entry.path))),
    el("div", "more", json(entry.json)));
}

function switches(overview) {
  const { switches, default_switches: defaults } = overview;
  // On one line, with room to break it.
  const text = (value) => JSON.stringify(value, null, 1).replace(/\n */g, " ");
  const line = (name) => el("tr", "", el("th", "", name), el("td", "", el("code", "", text(switches[name]))));
  const table = (names) => el("table", "", el("tbody", "", ...names.map(line)));
  const names = Object.keys(switches);
  const changed = names.filter((name) => text(switches[name]) !== text(defaults[name]));
  const others = names.filter((name) => !changed.includes(name));
  const late = overview.latency_ms
    ? el("p", "note", "Each answer is ", el("b", "", took(overview.latency_ms)), " late (--latency).")
    : "";
  const none = empty("All switches have their defaults.", "They change how the API behaves from then on. For example:",
    `curl ${location.origin}/_emulator/switches -X PUT --data '{"zeros": "omitted"}'`);
  const rest = el("details", "row", el("summary", "", changed.length ? "The others, with their defaults" : "Show all"),
    el("div", "more", table(others)));
  const all = el("div", "", late, changed.length ? el("div", "changed", table(changed)) : none, rest);
  return all;
}

// --- The page -----------------------------------------------------------------------------------------------------

const NO_SERVER = (overview) => empty("No servers yet.",
  "Let the provider use this emulator, and run terraform apply. The terminal that runs the emulator shows the key.",
  `export DESCOPE_BASE_URL=${location.origin}\nexport DESCOPE_PROJECT_ID=${overview.projects[0] ?? ""}`);

const NO_REQUEST = () => empty("No requests yet.",
  "Each request of the provider appears here at once. Open one to see what was sent.");

const FAULT = '{"path": "/server/create", "kind": "error", "status": 503, "after": true}';
const NO_FAULT = () => empty("No faults are queued.", "This one lets the next creation fail after it took effect:",
  `curl ${location.origin}/_emulator/faults --data '${FAULT}'`);

function shown(number, latest) {
  return number > latest ? `${number}, the latest ${latest} are shown` : String(number);
}

function render(overview) {
  const { servers, clients, requests, faults } = overview;
  const names = new Map(servers.latest.map((object) => [object.id, object.name]));
  const key = (object) => `${object.project}/${object.id}`;
  at("about").textContent = [location.host, `version ${overview.version}`,
    overview.state_file ? `kept in ${overview.state_file}` : "nothing is kept when it ends"].join(" · ");
  at("servers-count").textContent = shown(servers.total, servers.latest.length);
  at("requests-count").textContent = shown(requests.total, requests.latest.length);
  at("clients-count").textContent = shown(clients.total, clients.latest.length);
  at("faults-count").textContent = String(faults.length);
  at("clients-section").hidden = clients.total === 0;
  showOr(at("servers"), servers.latest, key, server, () => NO_SERVER(overview));
  show(at("clients"), clients.latest, key, (object) => client(object, names));
  showOr(at("requests"), requests.latest, (entry) => String(entry.sequence), request, NO_REQUEST);
  const numbered = faults.map((entry, index) => ({ ...entry, index }));
  showOr(at("faults"), numbered, (entry) => String(entry.index), fault, NO_FAULT);
  const { latency_ms, switches: values, default_switches } = overview;
  show(at("switches"), [{ latency_ms, switches: values, default_switches }], () => "all", switches);
  document.title = `${count(servers.total, "server")}, ${count(requests.total, "request")} · Descope emulator`;
}

function live(state, text) {
  const pill = at("live");
  if (pill.textContent !== text) {
    pill.dataset.state = state;
    pill.textContent = text;
    document.body.dataset.state = state;
  }
}

let before = "";
let refreshes = 0;

async function refresh() {
  let text;
  try {
    const answer = await fetch("/_emulator/overview", { cache: "no-store" });
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    text = await answer.text();
  } catch {
    live("lost", "No answer: has the emulator ended?");
    return;
  }
  try {
    if (text !== before) render(JSON.parse(text));
  } catch (error) {
    live("lost", `The page can’t show the answer: ${error.message}`);
    return;
  }
  before = text;
  refreshes += 1;
  at("main").dataset.refreshes = String(refreshes);
  live("live", "Live");
}

async function keepRefreshing() {
  if (!document.hidden) await refresh();
  setTimeout(keepRefreshing, PAUSE_MS);
}

// A tab in the background does not ask.
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) refresh();
});

keepRefreshing();
