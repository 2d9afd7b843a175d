use super::*;

#[test]
fn jobs_that_search_all_nonces_of_64_bits_find_the_last_one_and_their_hashes_do_not_overflow() {
    let pool = pool(2);
    for _ in 0..3 {
        let last = Gate::new(Some(u64::MAX));
        last.open();
        let (outcome, effort) =
            submit_scan(&pool, last, SearchOptions::default()).wait_with_effort();
        assert!(
            matches!(
                outcome,
                Outcome::Found {
                    nonce: u64::MAX,
                    ..
                }
            ),
            "{outcome:?}"
        );
        // There were 2^64 hashes, which is one more than the maximum of the counts.
        assert_eq!(effort.hashes, u64::MAX);
        let [(.., hashes)] = pool.status().hashes[..] else {
            panic!("{:?}", pool.status())
        };
        assert_eq!(hashes, u64::MAX);
    }
}
