//! Runs the harnesses on their seeds, which include the inputs of found faults, and on a few generated inputs.

use qanto_fuzz::{Generator, TARGETS};

#[test]
fn no_seed_breaks_a_rule_of_any_harness() {
    let seeds = TARGETS.iter().flat_map(|target| target.seeds);
    for seed in seeds {
        for target in &TARGETS {
            (target.run)(seed);
        }
    }
}

#[test]
fn a_few_generated_inputs_break_no_rule_of_any_harness() {
    let mut input = Vec::new();
    for target in &TARGETS {
        let generator = Generator::new(42, target.seeds);
        for number in 0..20 * target.share.min(50) {
            generator.make(number, &mut input);
            (target.run)(&input);
        }
    }
}

#[test]
fn an_input_depends_only_on_its_seed_and_its_number() {
    let generator = Generator::new(7, &[b"seed"]);
    let (mut first, mut second, mut again) = (Vec::new(), Vec::new(), Vec::new());
    generator.make(1, &mut first);
    generator.make(2, &mut second);
    generator.make(1, &mut again);
    assert_eq!(first, again);
    assert_ne!(first, second);
}
