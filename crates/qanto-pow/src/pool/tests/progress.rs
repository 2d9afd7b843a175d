use super::*;

struct ProgressLog(Sender<(crate::Progress, bool)>);

impl Observer for ProgressLog {
    fn progress(&self, progress: crate::Progress) {
        let _ = self.0.send((progress, false));
    }

    fn settled(&self, _: Outcome, effort: Effort) {
        let last = crate::Progress {
            hashes: effort.hashes,
            hashes_per_second: 0.0,
            elapsed: effort.elapsed,
        };
        let _ = self.0.send((last, true));
    }
}

#[test]
fn progress_never_decreases_and_ends_when_the_job_settles() {
    let pool = pool(2);
    let (sender, receiver) = channel();
    let options = SearchOptions {
        progress_interval: Some(Duration::ZERO),
        ..SearchOptions::default()
    };
    let handle = pool
        .submit(endless(), options, Box::new(ProgressLog(sender)))
        .expect("accepted");
    let mut reports = Vec::new();
    for _ in 0..20 {
        reports.push(receiver.recv_timeout(PATIENCE).expect("progress"));
    }
    handle.cancel();
    reports.extend(receiver.iter().take_while(|&(_, settled)| !settled));
    for pair in reports.windows(2) {
        let (earlier, later) = (pair[0].0, pair[1].0);
        assert!(earlier.hashes <= later.hashes && earlier.elapsed <= later.elapsed);
        assert!(later.hashes_per_second.is_finite());
    }
    assert!(
        reports
            .iter()
            .any(|(progress, _)| progress.hashes_per_second > 0.0)
    );
    assert!(receiver.try_recv().is_err());
}
