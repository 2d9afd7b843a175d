//! The clock of the records.

use std::sync::LazyLock;
use std::time::Instant;

/// The instant from which the times of records are counted.
static EPOCH: LazyLock<Instant> = LazyLock::new(Instant::now);

/// Fixes the epoch. Instants before it become 0.
pub fn start() {
    LazyLock::force(&EPOCH);
}

/// Returns the milliseconds from the epoch to an instant.
pub fn to_ms(instant: Instant) -> f64 {
    instant.saturating_duration_since(*EPOCH).as_secs_f64() * 1e3
}
