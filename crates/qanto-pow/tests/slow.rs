//! Tests that mine for a long time. The slow profile runs them one at a time.

mod common;

mod slow {
    use std::num::NonZeroUsize;
    use std::sync::mpsc::{Sender, channel};

    use proptest::prelude::*;
    use qanto_pow::{
        Algorithm, Effort, Kernel, NonceEncoding, NonceField, Observer, Outcome, Pool, PoolConfig,
        SearchOptions, Template, U256,
    };

    use super::common::{all_hits, at_most, genesis_header, header_template, kernels};

    fn pool() -> Pool {
        Pool::new(PoolConfig {
            default_threads: NonZeroUsize::new(2).expect("not 0"),
            ..PoolConfig::default()
        })
    }

    /// Returns a header of 80 bytes with a nonce of 64 bits at its end.
    fn template(algorithm: Algorithm, content: [u8; 72], target: U256) -> Template {
        let preimage = [&content[..], &[0; 8]].concat();
        let nonce = NonceField {
            offset: 72,
            encoding: NonceEncoding::U64Le,
        };
        let rule = at_most(algorithm, target);
        Template::new(algorithm, preimage, nonce, rule).expect("valid")
    }

    #[test]
    fn bitcoins_genesis_block_is_mined_again_over_millions_of_nonces() {
        let (template, nonce) = header_template(&genesis_header());
        let digest = template.digest(nonce).expect("a 32-bit nonce");
        for kernel in kernels() {
            let options = SearchOptions {
                start_nonce: 2_075_000_000,
                kernel: Some(kernel),
                ..SearchOptions::default()
            };
            let (outcome, effort) = pool().solve(template.clone(), options).expect("accepted");
            let found = Outcome::Found {
                nonce,
                variant: 0,
                digest,
            };
            assert_eq!(outcome, found, "{kernel}");
            assert!(effort.hashes > nonce - 2_075_000_000, "{kernel}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(12))]

        /// The range crosses the limit of 32 bits, and has about one hit in 4,096 nonces.
        #[test]
        fn every_kernel_finds_the_same_hits_in_a_million_nonces(
            algorithm in prop::sample::select(Algorithm::ALL.to_vec()),
            content in any::<[u8; 32]>(),
            before in 0u64..1 << 20,
        ) {
            let content = std::array::from_fn(|i| content[i % 32] ^ i as u8);
            let template = template(algorithm, content, U256::MAX >> 12);
            let (first, count) = ((1 << 32) - before, 1 << 20);
            let expected = all_hits(&template, Kernel::Portable, first, count);
            prop_assert!(expected.len() > 100);
            prop_assert!(expected.iter().all(|&nonce| template.is_hit(nonce)));
            for kernel in kernels() {
                prop_assert_eq!(&all_hits(&template, kernel, first, count), &expected, "{}", kernel);
            }
        }
    }

    struct Report(Sender<(usize, Outcome)>, usize);

    impl Observer for Report {
        fn settled(&self, outcome: Outcome, _: Effort) {
            self.0
                .send((self.1, outcome))
                .expect("the test listens to the end");
        }
    }

    /// All jobs are submitted at once, and a third of them are cancelled while the others run. Some of these have no
    /// solution, so they are cancelled whatever the timing is.
    #[test]
    fn each_of_three_thousand_jobs_settles_once_with_its_own_answer() {
        let pool = pool();
        let (sender, settled) = channel();
        let cancelled = |job: usize| job % 3 == job / 3 % 3;
        let endless = |job: usize| cancelled(job) && job.is_multiple_of(100);
        let templates: Vec<Template> = (0..3_000_usize)
            .map(|job| {
                let content = std::array::from_fn(|i| (job >> (8 * (i % 4))) as u8 ^ i as u8);
                let algorithm = Algorithm::ALL[job % Algorithm::ALL.len()];
                let zero_bits = if endless(job) { 255 } else { job % 14 };
                template(algorithm, content, U256::MAX >> zero_bits)
            })
            .collect();
        let handles: Vec<_> = templates
            .iter()
            .enumerate()
            .map(|(job, template)| {
                let report = Report(sender.clone(), job);
                pool.submit(template.clone(), SearchOptions::default(), Box::new(report))
                    .expect("accepted")
            })
            .collect();
        for (_, handle) in handles
            .iter()
            .enumerate()
            .filter(|&(job, _)| cancelled(job))
        {
            handle.cancel();
        }
        let mut answers = vec![None; templates.len()];
        for _ in &templates {
            let (job, outcome) = settled.recv().expect("every job settles");
            assert_eq!(
                answers[job].replace(outcome),
                None,
                "job {job} settled twice"
            );
        }
        pool.shut_down();
        assert!(settled.try_recv().is_err(), "a job settled twice");
        for (job, (template, answer)) in templates.iter().zip(answers).enumerate() {
            if answer == Some(Outcome::Cancelled) {
                assert!(cancelled(job), "job {job} was not cancelled");
                continue;
            }
            assert!(!endless(job), "job {job} has no solution");
            let nonce = (0..)
                .find(|&nonce| template.is_hit(nonce))
                .expect("hits abound");
            let digest = template.digest(nonce).expect("64 bits");
            let found = Outcome::Found {
                nonce,
                variant: 0,
                digest,
            };
            assert_eq!(answer, Some(found), "job {job}");
        }
    }
}
