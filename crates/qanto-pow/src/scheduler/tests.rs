use std::time::Duration;

use super::*;
use crate::kernel::select;
use crate::options::SearchOptions;
use crate::outcome::{Effort, Observer, Outcome};
use crate::search::Batch;
use crate::subject::Subject;
use crate::sync::now;
use crate::{Algorithm, NonceEncoding, NonceField, Target, Template};

struct Nobody;

impl Observer for Nobody {
    fn settled(&self, _: Outcome, _: Effort) {}
}

fn job(limit: usize, options: SearchOptions) -> Arc<Job> {
    let nonce = NonceField {
        offset: 0,
        encoding: NonceEncoding::U64Le,
    };
    let template = Template::new(Algorithm::Sha256, vec![0; 8], nonce, Target::MAX).expect("valid");
    let selected = select(&template, None).expect("the default kernel");
    let subjects = vec![Subject::new(template, selected)];
    Arc::new(Job::new(subjects, 1, &options, limit, Box::new(Nobody)))
}

fn normal(limit: usize) -> Arc<Job> {
    job(limit, SearchOptions::default())
}

fn background(limit: usize) -> Arc<Job> {
    job(
        limit,
        SearchOptions {
            priority: Priority::Background,
            ..SearchOptions::default()
        },
    )
}

fn with_timeout(timeout: Duration) -> Arc<Job> {
    job(
        1,
        SearchOptions {
            timeout: Some(timeout),
            ..SearchOptions::default()
        },
    )
}

fn scheduler(default_threads: usize, jobs: &[&Arc<Job>]) -> Scheduler {
    let mut scheduler = Scheduler::new(default_threads, Arc::default());
    for &job in jobs {
        scheduler.admit(Arc::clone(job));
    }
    scheduler
}

/// Returns the jobs that get the next `count` threads.
fn picks(scheduler: &mut Scheduler, count: usize) -> Vec<Option<JobId>> {
    (0..count)
        .map(|_| scheduler.pick(0, now()).map(|job| job.id))
        .collect()
}

fn assert_forgotten(scheduler: &Scheduler) {
    assert_eq!(scheduler.len(), 0);
    assert_eq!(scheduler.sharing, 0);
    assert_eq!(scheduler.deadlines.len(), 0);
    assert_eq!(scheduler.waiting.load(Ordering::Relaxed), 0);
    for queue in &scheduler.queues {
        assert!(queue.sharing.is_empty() && queue.exceeding.is_empty());
    }
}

#[test]
fn jobs_take_turns_on_one_thread() {
    let (a, b, c) = (normal(1), normal(1), normal(1));
    let mut scheduler = scheduler(1, &[&a, &b, &c]);
    for expected in [&a, &b, &c, &a, &b, &c] {
        let picked = scheduler.pick(0, now()).expect("work");
        assert_eq!(picked.id, expected.id);
        assert!(scheduler.leave(0, &picked).is_none());
    }
}

#[test]
fn threads_are_shared_evenly_between_jobs_that_could_use_them_all() {
    let (a, b) = (normal(4), normal(4));
    let mut scheduler = scheduler(4, &[&a, &b]);
    assert_eq!(
        picks(&mut scheduler, 4),
        [Some(a.id), Some(b.id), Some(a.id), Some(b.id)]
    );
}

#[test]
fn a_job_gets_no_more_threads_than_its_limit() {
    let a = normal(2);
    let mut scheduler = scheduler(4, &[&a]);
    assert_eq!(picks(&mut scheduler, 3), [Some(a.id), Some(a.id), None]);
    assert!(scheduler.leave(0, &a).is_none());
    assert_eq!(picks(&mut scheduler, 2), [Some(a.id), None]);
}

#[test]
fn jobs_that_ask_for_no_more_threads_share_the_default_threads() {
    let (a, b, c) = (normal(1), normal(2), normal(2));
    let mut scheduler = scheduler(2, &[&a, &b, &c]);
    assert_eq!(picks(&mut scheduler, 3), [Some(a.id), Some(b.id), None]);
}

#[test]
fn a_job_that_asks_for_more_threads_gets_more() {
    let (wide, narrow) = (normal(4), normal(2));
    let mut scheduler = scheduler(2, &[&wide, &narrow]);
    let picked = picks(&mut scheduler, 7);
    let count = |job: &Job| picked.iter().flatten().filter(|&&id| id == job.id).count();
    assert_eq!((count(&wide), count(&narrow)), (4, 2));
}

#[test]
fn a_job_that_asks_for_more_threads_does_not_starve_the_others() {
    let (wide, narrow) = (normal(4), normal(1));
    let mut scheduler = scheduler(1, &[&wide]);
    assert_eq!(picks(&mut scheduler, 4), [Some(wide.id); 4]);
    scheduler.admit(Arc::clone(&narrow));
    assert!(scheduler.leave(0, &wide).is_none());
    assert_eq!(picks(&mut scheduler, 1), [Some(narrow.id)]);
}

#[test]
fn background_jobs_run_only_if_no_normal_job_can() {
    let (back, front) = (background(2), normal(1));
    let mut scheduler = scheduler(2, &[&back, &front]);
    assert_eq!(picks(&mut scheduler, 2), [Some(front.id), Some(back.id)]);
    assert!(scheduler.leave(0, &back).is_none());
    scheduler.admit(normal(1));
    assert_ne!(picks(&mut scheduler, 1), [Some(back.id)]);
}

#[test]
fn a_closed_job_ends_when_its_last_thread_leaves() {
    let a = normal(2);
    let mut scheduler = scheduler(2, &[&a]);
    picks(&mut scheduler, 2);
    a.search.stop(Stop::Cancelled);
    assert!(scheduler.leave(0, &a).is_none());
    assert_eq!(picks(&mut scheduler, 1), [None]);
    assert!(scheduler.leave(0, &a).is_some());
    assert_forgotten(&scheduler);
}

#[test]
fn a_waiting_job_ends_once_when_it_is_retired() {
    let a = with_timeout(Duration::from_secs(3600));
    let mut scheduler = scheduler(1, &[&a]);
    a.search.stop(Stop::Cancelled);
    assert!(scheduler.retire(a.id).is_some());
    assert!(scheduler.retire(a.id).is_none());
    assert_forgotten(&scheduler);
}

#[test]
fn deadlines_expire_in_order_and_not_before_their_time() {
    let soon = with_timeout(Duration::from_secs(10));
    let late = with_timeout(Duration::from_secs(20));
    let mut scheduler = scheduler(1, &[&late, &soon]);
    let deadline = soon.deadline.expect("it has a timeout");
    assert!(
        scheduler
            .expire(deadline - Duration::from_nanos(1))
            .is_empty()
    );
    let over: Vec<JobId> = scheduler
        .expire(deadline)
        .iter()
        .map(|job| job.id)
        .collect();
    assert_eq!(over, [soon.id]);
    assert_eq!(scheduler.len(), 1);
}

#[test]
fn an_expired_job_that_a_thread_works_on_ends_when_the_thread_leaves() {
    let a = with_timeout(Duration::ZERO);
    let mut scheduler = scheduler(1, &[&a]);
    picks(&mut scheduler, 1);
    assert!(scheduler.expire(Instant::now()).is_empty());
    assert!(scheduler.leave(0, &a).is_some());
    assert_forgotten(&scheduler);
}

#[test]
fn a_timeout_beyond_the_range_of_the_clock_sets_no_deadline() {
    assert_eq!(with_timeout(Duration::MAX).deadline, None);
}

#[test]
fn cancelling_all_leaves_only_the_jobs_that_threads_work_on() {
    let (running, waiting) = (normal(1), normal(1));
    let mut scheduler = scheduler(1, &[&running, &waiting]);
    picks(&mut scheduler, 1);
    let over: Vec<JobId> = scheduler.cancel_all().iter().map(|job| job.id).collect();
    assert_eq!(over, [waiting.id]);
    assert!(scheduler.leave(0, &running).is_some());
    assert_forgotten(&scheduler);
}

#[test]
fn the_hashes_of_jobs_that_exceed_64_bits_together_stay_at_the_maximum() {
    let (ended, running) = (normal(1), normal(1));
    let mut scheduler = scheduler(2, &[&ended, &running]);
    for job in [&ended, &running] {
        assert_eq!(
            scheduler.pick(0, now()).map(|picked| picked.id),
            Some(job.id)
        );
        let batch = Batch {
            count: u64::MAX,
            ..job.search.claim().expect("open")
        };
        job.search.complete(batch, &[], Duration::ZERO);
    }
    let hashed_by = ended.hashed_by().expect("a search");
    assert!(scheduler.leave(0, &ended).is_none());
    assert_eq!(scheduler.hashes()[&hashed_by], u64::MAX);
    assert!(scheduler.leave(0, &running).is_none());
    assert_eq!(scheduler.hashes()[&hashed_by], u64::MAX);
}

#[test]
fn the_scheduler_says_which_thread_works_on_which_job() {
    let (a, b) = (normal(1), normal(1));
    let mut scheduler = scheduler(2, &[&a, &b]);
    assert_eq!(scheduler.pick(7, now()).map(|job| job.id), Some(a.id));
    assert_eq!(scheduler.pick(3, now()).map(|job| job.id), Some(b.id));
    assert_eq!(scheduler.holders(), &BTreeMap::from([(3, b.id), (7, a.id)]));
    assert!(scheduler.leave(7, &a).is_none());
    assert_eq!(scheduler.holders(), &BTreeMap::from([(3, b.id)]));
}

#[test]
fn a_thread_that_has_another_job_already_keeps_it_when_its_predecessor_leaves() {
    let (a, b) = (normal(1), normal(1));
    let mut scheduler = scheduler(2, &[&a, &b]);
    assert!(scheduler.pick(0, now()).is_some());
    assert!(scheduler.pick(0, now()).is_some());
    assert!(scheduler.leave(0, &a).is_none());
    assert_eq!(scheduler.holders(), &BTreeMap::from([(0, b.id)]));
}

#[test]
fn a_job_waits_from_its_submission_until_its_first_thread() {
    let a = normal(1);
    let mut scheduler = scheduler(1, &[&a]);
    assert_eq!(scheduler.first_jobs(1)[0].1, None);
    let wait = Duration::from_secs(5);
    assert!(scheduler.pick(0, a.submitted + wait).is_some());
    assert!(scheduler.leave(0, &a).is_none());
    assert!(scheduler.pick(0, a.submitted + 2 * wait).is_some());
    assert_eq!(scheduler.first_jobs(1)[0].1, Some(wait));
    assert_eq!(scheduler.waits().collect::<Vec<_>>(), [wait]);
}

#[test]
fn running_jobs_come_before_those_that_wait_and_background_jobs_last() {
    let (back, a, b, c) = (background(1), normal(1), normal(1), normal(1));
    let mut scheduler = scheduler(1, &[&back, &a, &b, &c]);
    assert_eq!(scheduler.pick(0, now()).map(|job| job.id), Some(a.id));
    assert!(scheduler.leave(0, &a).is_none());
    assert_eq!(scheduler.pick(0, now()).map(|job| job.id), Some(b.id));
    let ids = |count| -> Vec<JobId> {
        let jobs = scheduler.first_jobs(count).into_iter();
        jobs.map(|(job, _)| job.id).collect()
    };
    assert_eq!(ids(10), [b.id, c.id, a.id, back.id]);
    assert_eq!(ids(2), [b.id, c.id]);
}
