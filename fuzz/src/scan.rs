use qanto_pow::kernel::{Hit, Platform, prepare};
use qanto_pow::{Kernel, Template};

use crate::input::Input;

/// Returns the hits with this nonce, in the order of the variants.
pub(crate) fn hits_of(template: &Template, nonce: u64) -> impl Iterator<Item = Hit> {
    (0..template.variants())
        .filter(move |&number| {
            let variant = template.variant(number).expect("below their number");
            variant.is_hit(nonce)
        })
        .map(move |variant| Hit { nonce, variant })
}

/// Every kernel of this machine returns the first hit that the reference implementation accepts, by nonce and then by
/// variant, including at the end of the nonce space.
pub fn scan(bytes: &[u8]) {
    let mut input = Input::new(bytes);
    let template = input.sound_template();
    let first = input.number().min(template.max_nonce());
    let left = template.max_nonce() - first;
    let count = u64::from(input.byte() % 70).min(left.saturating_add(1));
    let expected = (0..count)
        .flat_map(|step| hits_of(&template, first + step))
        .next();
    let platform = Platform::detect();
    for kernel in Kernel::ALL
        .into_iter()
        .filter(|&kernel| platform.supports(kernel))
    {
        let scanner = prepare(&template, Some(kernel)).expect("supported");
        let hit = scanner.scan(first, count);
        assert_eq!(
            hit, expected,
            "{kernel} over {count} from {first} of {template:?}"
        );
    }
}
