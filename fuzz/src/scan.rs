use qanto_pow::Kernel;
use qanto_pow::kernel::{Hit, Platform, prepare};

use crate::input::Input;

/// Every kernel of this machine returns the lowest of the nonces that the reference accepts, also at the end of the
/// nonce space.
pub fn scan(bytes: &[u8]) {
    let mut input = Input::new(bytes);
    let template = input.sound_template();
    let first = input.number().min(template.max_nonce());
    let left = template.max_nonce() - first;
    let count = u64::from(input.byte() % 70).min(left.saturating_add(1));
    let expected = (0..count)
        .map(|step| first + step)
        .find(|&nonce| template.is_hit(nonce))
        .map(|nonce| Hit { nonce, variant: 0 });
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
