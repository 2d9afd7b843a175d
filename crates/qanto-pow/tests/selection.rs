//! Tests of the selection of a kernel. Each case of the environment variable runs in a process of its own, since this
//! process must not change the environment that its other threads read.

mod common;
#[path = "../src/test_process.rs"]
mod test_process;

use common::{genesis_header, header_template, kernels};
use qanto_pow::kernel::{Reason, select};
use qanto_pow::{
    Algorithm, Kernel, KernelUnavailable, NonceEncoding, NonceField, Target, Template,
};
use test_process::this_test_file;

/// Returns what a case below prints in a process with this value of the variable.
fn choice_of(case: &str, value: &str) -> String {
    let output = this_test_file()
        .args(["--exact", "--nocapture", "--ignored", case])
        .env(Kernel::VARIABLE, value)
        .output()
        .expect("starts");
    let text = String::from_utf8_lossy(&output.stdout);
    let line = text.lines().find_map(|line| line.strip_prefix("choice: "));
    line.unwrap_or_else(|| panic!("{case} printed no choice: {output:?}"))
        .to_owned()
}

fn text(kernel: Kernel, reason: Reason) -> String {
    format!("{kernel} by {}", reason.name())
}

fn print_choice(choice: Option<Kernel>) {
    let (template, _) = header_template(&genesis_header());
    println!();
    match select(&template, choice) {
        Ok(selection) => println!(
            "choice: {}",
            text(selection.scan.kernel(), selection.reason)
        ),
        Err(error) => println!("choice: {error}"),
    }
}

#[test]
#[ignore = "a case of the other tests"]
fn no_choice() {
    print_choice(None);
}

#[test]
#[ignore = "a case of the other tests"]
fn portable_choice() {
    print_choice(Some(Kernel::Portable));
}

#[test]
fn the_variable_forces_each_kernel_that_the_machine_can_run() {
    for kernel in kernels() {
        assert_eq!(
            choice_of("no_choice", kernel.name()),
            text(kernel, Reason::Variable)
        );
    }
}

#[test]
fn an_empty_variable_forces_no_kernel() {
    let fastest = kernels().next().expect("at least the portable one");
    assert_eq!(choice_of("no_choice", ""), text(fastest, Reason::Detection));
}

#[test]
fn an_unknown_kernel_in_the_variable_is_refused() {
    let error = KernelUnavailable::Unknown("abacus".parse::<Kernel>().expect_err("unknown"));
    assert_eq!(choice_of("no_choice", "abacus"), error.to_string());
    assert!(error.to_string().contains(Kernel::VARIABLE));
}

#[test]
fn a_kernel_in_the_options_takes_precedence_over_the_variable() {
    let fastest = kernels().next().expect("at least the portable one");
    let choice = choice_of("portable_choice", fastest.name());
    assert_eq!(choice, text(Kernel::Portable, Reason::Option));
}

#[test]
fn a_kernel_that_does_not_support_the_templates_shape_is_replaced_by_the_portable_one() {
    let field = NonceField {
        offset: 0,
        encoding: NonceEncoding::U32Le,
    };
    let several_chunks =
        Template::new(Algorithm::Blake3, vec![0; 2000], field, Target::MAX).expect("valid");
    let vectorised = kernels().filter(|&kernel| kernel != Kernel::Portable);
    for kernel in vectorised {
        let selection = select(&several_chunks, Some(kernel)).expect("supported");
        assert_eq!(
            (selection.scan.kernel(), selection.reason),
            (Kernel::Portable, Reason::Shape)
        );
    }
}
