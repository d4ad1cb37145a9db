// SPDX-License-Identifier: Apache-2.0

//! `cargo fuzz [ARGUMENTS OF LIBFUZZER]`: makes up inputs for [`Fuzzed`], guided by what code they
//! reach. An input that makes the provider panic or break a rule is left in a file; keep it in
//! `tests/it/corpus/`.

#![no_main]
#![allow(missing_docs)] // The macro's own items.
#![allow(dead_code)] // What is shared with the small core of the tests is used in part.
#![allow(clippy::expect_used, clippy::indexing_slicing)] // It says what it expects.

use std::cell::RefCell;

use libfuzzer_sys::fuzz_target;

#[path = "mod.rs"]
mod fuzz;
#[path = "../wire.rs"]
mod wire;

use fuzz::Fuzzed;

thread_local! {
    static FUZZED: RefCell<Fuzzed> = RefCell::new(Fuzzed::start());
}

fuzz_target!(|input: &[u8]| FUZZED.with_borrow_mut(|fuzzed| fuzzed.run(input)));
