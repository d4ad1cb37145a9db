// Package acceptance tests the provider with terraform-plugin-testing, the framework that providers in Go use. It finds what a client
// expects that nobody here wrote: among other things that each plan after an apply is empty, also after a refresh. Run it by
// .ci/acceptance.
package acceptance

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/compare"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"
)

const (
	project = "Pacceptance2222222222222222"
	key     = "Kacceptance7c1d9e4b2a"
	address = "descope_mcp_server.test"
)

// emulator starts an emulator for one test and has the provider use it.
func emulator(t *testing.T) string {
	t.Helper()
	command := exec.Command(os.Getenv("EMULATOR"), "--project", project, "--key", key, "--exit-with-stdin")
	stdin, err := command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = stdin.Close()
		_ = command.Wait()
	})
	line, err := bufio.NewReader(stdout).ReadString('\n')
	_, url, found := strings.Cut(strings.TrimSpace(line), "listening on ")
	if err != nil || !found {
		t.Fatalf("the emulator printed %q: %v", line, err)
	}
	t.Setenv("DESCOPE_BASE_URL", url)
	t.Setenv("DESCOPE_PROJECT_ID", project)
	t.Setenv("DESCOPE_MANAGEMENT_KEY", key)
	return url
}

// call calls the API as somebody else would.
func call(url, path string, body any) ([]byte, error) {
	text, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	request, err := http.NewRequest(http.MethodPost, url+"/v1/mgmt/mcp/"+path, bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Authorization", "Bearer "+project+":"+key)
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", response.Status, answer)
	}
	return answer, err
}

// servers asks the API for all servers.
func servers(url string) ([]map[string]any, error) {
	answer, err := call(url, "servers/all", map[string]any{})
	if err != nil {
		return nil, err
	}
	var list struct {
		Servers []map[string]any `json:"servers"`
	}
	err = json.Unmarshal(answer, &list)
	return list.Servers, err
}

// count checks how many servers the API has.
func count(url string, want int) func(*terraform.State) error {
	return func(*terraform.State) error {
		list, err := servers(url)
		if err == nil && len(list) != want {
			err = fmt.Errorf("the API has %d servers, want %d: %v", len(list), want, list)
		}
		return err
	}
}

func providers() map[string]resource.ExternalProvider {
	return map[string]resource.ExternalProvider{
		"descope": {Source: "seed-02068dc7/descope", VersionConstraint: os.Getenv("PROVIDER_VERSION")},
	}
}

const first = `
resource "descope_mcp_server" "test" {
  name               = "Calendar"
  description        = "Reads appointments"
  audience_whitelist = ["https://calendar.example.com/mcp"]
  dynamic_registration = { enabled = false }
  approved_scopes = {
    permissions_scopes = [{ name = "calendar.read", values = ["Reader"] }]
  }
}
`

const second = `
resource "descope_mcp_server" "test" {
  name               = "Calendar"
  description        = "Reads and books appointments"
  audience_whitelist = ["https://calendar.example.com/mcp"]
  tags               = ["b", "a"]
  dynamic_registration = { enabled = false }
  approved_scopes = {
    permissions_scopes = [
      { name = "calendar.read", values = ["Reader"] },
      { name = "calendar.book", optional = true },
    ]
  }
  session_settings = {
    enabled                      = true
    refresh_token_expiration     = "4 weeks"
    session_token_expiration     = "10 minutes"
    key_session_token_expiration = "1 hour"
  }
}
`

// TestServer is the life of a server: created, imported, updated in place, found by name, and deleted.
func TestServer(t *testing.T) {
	url := emulator(t)
	sameID := statecheck.CompareValue(compare.ValuesSame())
	id := tfjsonpath.New("id")
	resource.Test(t, resource.TestCase{
		ExternalProviders: providers(),
		CheckDestroy:      count(url, 0),
		Steps: []resource.TestStep{
			{
				Config: first,
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
					plancheck.ExpectResourceAction(address, plancheck.ResourceActionCreate),
					plancheck.ExpectUnknownValue(address, id),
				}},
				ConfigStateChecks: []statecheck.StateCheck{
					sameID.AddStateValue(address, id),
					statecheck.ExpectKnownValue(address, id, knownvalue.StringRegexp(regexp.MustCompile("^MS"))),
					statecheck.ExpectKnownValue(address, tfjsonpath.New("name"), knownvalue.StringExact("Calendar")),
				},
				Check: count(url, 1),
			},
			{
				ResourceName:      address,
				ImportState:       true,
				ImportStateVerify: true,
			},
			{
				Config: second,
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
					plancheck.ExpectResourceAction(address, plancheck.ResourceActionUpdate),
					plancheck.ExpectKnownValue(address, tfjsonpath.New("description"),
						knownvalue.StringExact("Reads and books appointments")),
				}},
				ConfigStateChecks: []statecheck.StateCheck{
					sameID.AddStateValue(address, id),
					statecheck.ExpectKnownValue(address,
						tfjsonpath.New("session_settings").AtMapKey("session_token_expiration"),
						knownvalue.StringExact("10 minutes")),
				},
				Check: count(url, 1),
			},
			{
				Config: second + `
data "descope_mcp_server" "test" {
  name = descope_mcp_server.test.name
}
`,
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
					plancheck.ExpectResourceAction(address, plancheck.ResourceActionNoop),
				}},
				ConfigStateChecks: []statecheck.StateCheck{
					statecheck.CompareValuePairs(address, id, "data.descope_mcp_server.test", id, compare.ValuesSame()),
				},
			},
		},
	})
}

// TestDrift: what somebody changed elsewhere is put back, and what nobody manages stays.
func TestDrift(t *testing.T) {
	url := emulator(t)
	resource.Test(t, resource.TestCase{
		ExternalProviders: providers(),
		CheckDestroy:      count(url, 0),
		Steps: []resource.TestStep{
			{Config: first, Check: count(url, 1)},
			{
				PreConfig: func() {
					list, err := servers(url)
					if err != nil || len(list) != 1 {
						t.Fatalf("%v %v", list, err)
					}
					list[0]["description"], list[0]["tags"] = "Changed in the console", []string{"console"}
					if _, err := call(url, "server/update", map[string]any{"server": list[0]}); err != nil {
						t.Fatal(err)
					}
				},
				Config: first,
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
					plancheck.ExpectResourceAction(address, plancheck.ResourceActionUpdate),
				}},
				Check: func(*terraform.State) error {
					list, err := servers(url)
					if err == nil && (list[0]["description"] != "Reads appointments" || fmt.Sprint(list[0]["tags"]) != "[console]") {
						err = fmt.Errorf("the API has %v", list[0])
					}
					return err
				},
			},
		},
	})
}

// TestInvalid: what is wrong is said before anything is created.
func TestInvalid(t *testing.T) {
	url := emulator(t)
	resource.Test(t, resource.TestCase{
		ExternalProviders: providers(),
		CheckDestroy:      count(url, 0),
		Steps: []resource.TestStep{
			{
				Config:      strings.Replace(first, `"calendar.read"`, `"calendar read"`, 1),
				ExpectError: regexp.MustCompile(`calendar read`),
			},
			{
				Config:      strings.Replace(first, `"Calendar"`, `""`, 1),
				ExpectError: regexp.MustCompile(`name`),
			},
		},
	})
}

// TestFunction: functions are called by name.
func TestFunction(t *testing.T) {
	emulator(t)
	resource.Test(t, resource.TestCase{
		ExternalProviders:      providers(),
		TerraformVersionChecks: []tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_8_0)},
		Steps: []resource.TestStep{{
			Config: `
output "seconds" {
  value = provider::descope::duration_seconds("10 minutes")
}
`,
			ConfigStateChecks: []statecheck.StateCheck{
				statecheck.ExpectKnownOutputValue("seconds", knownvalue.Int64Exact(600)),
			},
		}},
	})
}
