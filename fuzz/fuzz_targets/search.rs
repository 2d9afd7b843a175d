#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| qanto_fuzz::search(bytes));
