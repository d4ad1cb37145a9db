// SPDX-License-Identifier: Apache-2.0

//! Inputs that once were interesting to `cargo fuzz`, or harmful: the provider must answer each by
//! the rules. And some thousand more, made of them by changing bytes.

use std::collections::BTreeSet;
use std::path::Path;

use crate::support::dice::Dice;
use crate::support::fuzz::{Fuzzed, KINDS};

/// How many changed inputs a run tries for each kept one.
const VARIANTS: usize = 50;

#[test]
fn kept_inputs_and_their_variants_do_no_harm() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/corpus");
    let mut kept: Vec<_> = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
    kept.sort();
    let kinds: BTreeSet<u8> = kept.iter().map(|path| std::fs::read(path).unwrap()[0] % KINDS).collect();
    assert_eq!(kinds.len(), usize::from(KINDS), "at least one input for each first byte: {kinds:?}");
    let mut fuzzed = Fuzzed::start();
    let mut dice = Dice::new(1);
    for path in kept {
        let input = std::fs::read(&path).unwrap();
        eprintln!("{}", path.display());
        fuzzed.run(&input);
        for _ in 0..VARIANTS {
            let mut variant = input.clone();
            for _ in 0..=dice.below(3) {
                let at = dice.below(variant.len().max(1));
                match dice.below(3) {
                    0 => variant.truncate(at),
                    1 => variant.insert(at.min(variant.len()), dice.byte()),
                    _ => variant.iter_mut().skip(at).take(1).for_each(|byte| *byte = dice.byte()),
                }
            }
            fuzzed.run(&variant);
        }
    }
}
