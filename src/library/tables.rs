// SPDX-License-Identifier: Apache-2.0

//! The tables and rules of the library.

use crate::diag::{Diagnostic, Diagnostics};
use crate::engine::phase::attribute;
use crate::engine::timeouts::timeouts;
use crate::engine::{Rule, State};
use crate::schema::check::{NOT_BLANK, SCOPE_NAME};
use crate::schema::kind::{DURATION, FLAG, INTEGER, TEXT, TEXT_MAP, TEXT_SET};
use crate::schema::{Attribute, Check, Literal, Table, Verdict};
use crate::value::{Object, Path};

const NO_SLASH: Check = Check {
    says: "No slashes.",
    judge: |text| match text.contains('/') {
        true => Verdict::Refuse("It has a slash.".to_owned()),
        false => Verdict::Accept,
    },
};

const NO_MARKUP: Check = Check {
    says: "No markup.",
    judge: |text| match text.contains('<') {
        true => Verdict::Forbid("It has markup.".to_owned()),
        false => Verdict::Accept,
    },
};

pub(super) static PROVIDER: Table = Table::of(&[Attribute::local("city", TEXT, "City of the library.")]);

pub(super) static BRANCH: Table = Table::of(&[
    Attribute::required("name", TEXT, "Name of the branch.").json("name").checks(&[NOT_BLANK]),
    Attribute::optional("id", TEXT, "Identifier of the branch. Set it to adopt a branch.").assigned("id").id().adopts(),
    Attribute::optional("city", TEXT, "City of the branch.").from_provider("city").place().replaces(),
    Attribute::optional("motto", TEXT, "Motto above the door.").json("motto").also(&["slogan"]).rewritten(),
    Attribute::optional("founder", TEXT, "Who founded it.").json("founder").nullable().checks(&[NO_MARKUP]),
    Attribute::optional("loan_period", DURATION, "How long books are lent.").json("loanPeriod"),
    Attribute::optional("floors", INTEGER, "Number of floors.").json("building/floors"),
    Attribute::optional("labels", TEXT_MAP, "Labels of the branch.").json("labels"),
    Attribute::optional("genres", TEXT_SET, "Genres of the branch.").json("genres"),
    Attribute::object("reading_room", &READING_ROOM, "The reading room.").json("readingRoom"),
    Attribute::list("shelves", &SHELF, "The shelves.").json("shelves"),
    Attribute::creation_argument("opened_by", TEXT, "openedBy", "Who opens it. Counts once."),
    Attribute::computed("page_url", TEXT, "Page of the branch.").template("{provider.host}/{city}/{id}"),
    Attribute::computed("shop_url", TEXT, "Shop of the branch.").template("{page_url}/shop"),
]);

static READING_ROOM: Table = Table::of(&[
    Attribute::optional("open", FLAG, "Whether it is open.").json("open").initially(Literal::Flag(true)),
    Attribute::optional("desks", INTEGER, "Number of desks.").json("desks"),
]);

static SHELF: Table = Table::elements(
    "name",
    &[
        Attribute::required("name", TEXT, "Name of the shelf.").json("name").checks(&[SCOPE_NAME]),
        Attribute::defaulted("boards", INTEGER, Literal::Integer(0), "Number of boards.").json("boards"),
        Attribute::defaulted("genres", TEXT_SET, Literal::Texts(&[]), "Genres on the shelf.").json("genres"),
    ],
);

pub(super) static BOOK: Table = Table::of(&[
    Attribute::optional("city", TEXT, "City of the branch.").from_provider("city").place().replaces(),
    Attribute::required("branch_id", TEXT, "Branch of the book.").json("branch").place().replaces(),
    Attribute::computed("id", TEXT, "Number of the book.").assigned("id").id().checks(&[NO_SLASH]),
    Attribute::required("title", TEXT, "Title of the book.").json("title"),
    Attribute::optional("author", TEXT, "Author of the book.").json("author"),
    Attribute::creation_argument("donor", TEXT, "donor", "Who gave it. Counts once."),
    Attribute::computed("edition", INTEGER, "Counts the changes.").assigned("edition").renewed_by(&["title", "author"]),
    Attribute::local("code_version", INTEGER, "Change it to have another access code."),
    Attribute::told_once("access_code", TEXT, "Opens the book.").sensitive().renewed_by(&["code_version"]),
    Attribute::local("deletion_protection", FLAG, "Whether it must stay.").or(Literal::Flag(false)),
    timeouts(),
]);

pub(super) const BOOK_FILTERS: &[Attribute] = &[Attribute::local("author", TEXT, "Only books of this author.")];

pub(super) static HOURS: Table = Table::of(&[
    Attribute::required("branch_id", TEXT, "Branch to ask."),
    Attribute::local("day", TEXT, "Only this day."),
    Attribute::computed("hours", TEXT, "When it is open."),
]);

pub(super) static PASS: Table = Table::of(&[
    Attribute::required("branch_id", TEXT, "Branch to visit."),
    Attribute::computed("number", TEXT, "Number on the pass.").sensitive(),
]);

pub(super) static BELL: Table = Table::of(&[
    Attribute::required("branch_id", TEXT, "Branch whose bell rings."),
    Attribute::local("times", INTEGER, "How often."),
]);

pub(super) const DESKS_NEED_A_READING_ROOM: Rule =
    Rule { says: &[("reading_room.desks", "None if `open` is `false`.")], judge: desks_need_a_reading_room };

pub(super) const A_NEW_BRANCH_HAS_FLOORS: Rule =
    Rule { says: &[("floors", "A new branch with `labels` needs it.")], judge: a_new_branch_has_floors };

fn desks_need_a_reading_room(object: &Object) -> Diagnostics {
    let Some(room) = attribute(object, "reading_room").as_object() else { return Diagnostics::none() };
    match (attribute(room, "open").as_bool(), attribute(room, "desks")) {
        (Some(false), desks) if !desks.is_null() && !desks.is_unknown() => {
            let path = Path::of("reading_room").attribute("desks");
            Diagnostic::error("Invalid value", "A closed reading room has no desks.").at(path).into()
        }
        _ => Diagnostics::none(),
    }
}

fn a_new_branch_has_floors(object: &Object) -> Diagnostics {
    match attribute(object, "labels").is_null() || !attribute(object, "floors").is_null() {
        true => Diagnostics::none(),
        false => Diagnostic::error("Missing value", "A new branch with labels needs `floors`.").into(),
    }
}

pub(super) fn protected_books_stay(state: &State) -> Diagnostics {
    match state.get("deletion_protection").as_bool() {
        Some(true) => {
            let detail = "Set `deletion_protection = false` and apply that first.";
            Diagnostic::error("The book is protected", detail).at(Path::of("deletion_protection")).into()
        }
        _ => Diagnostics::none(),
    }
}
