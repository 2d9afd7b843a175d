use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use napi::Env;
use napi::bindgen_prelude::{
    BigInt, BigUint64Array, Function, FunctionRef, Uint8Array, Uint32Array,
};
use napi_derive::napi;
use qanto_pow::{
    AnswerBatch, Effort, Found, JobHandle, Outcome, Pool, Priority, Progress, SearchOptions,
    SubmitError, Submitted, Verification,
};

use crate::answers::{AnswersInput, MessagesInput, NoncesInput};
use crate::error::{Code, Result, invalid_argument, node_api, refused_job};
use crate::mailbox::{JobObserver, Mailbox};
use crate::process_pool;
use crate::report::Report;
use crate::sync::lock;
use crate::template::{Packed, RepeatedInput, TemplateInput, to_hex, to_nonce};
use crate::trace::{self, TraceReceiver};

/// The options of a job, already checked by TypeScript.
#[napi(object, object_to_js = false)]
#[derive(Default)]
pub struct JobInput {
    pub max_hashes: Option<BigInt>,
    pub timeout_ms: Option<f64>,
    pub threads: Option<u32>,
    pub background: Option<bool>,
    /// One of `kernels()`.
    #[napi(ts_type = "Kernel")]
    pub kernel: Option<String>,
    pub progress_interval_ms: Option<f64>,
}

/// A report of a job. `kind` is `progress` or an outcome: `found`, `cancelled`, `timed-out`, `budget-spent`,
/// `exhausted` or `panicked`.
#[napi(object, object_from_js = false)]
pub struct SolverEvent {
    pub job: u32,
    #[napi(
        ts_type = "'progress' | 'found' | 'cancelled' | 'timed-out' | 'budget-spent' | 'exhausted' | 'panicked'"
    )]
    pub kind: String,
    pub hashes: f64,
    pub elapsed_ms: f64,
    /// If the job was cancelled: the time from the call to the end of its last hash.
    pub stopped_after_ms: Option<f64>,
    /// If `kind` is `progress`.
    pub hashes_per_second: Option<f64>,
    /// If `kind` is an outcome: the kernel that searched.
    #[napi(ts_type = "Kernel")]
    pub kernel: Option<String>,
    /// If `kind` is `found`.
    pub nonce: Option<BigInt>,
    /// If `kind` is `found`: the number of the template's variant, which is 0 without version rolling.
    pub variant: Option<u32>,
    /// If `kind` is `found`: the digest in hex. An array takes longer to make than the rest of a report.
    pub digest: Option<String>,
    /// If `kind` is `panicked`.
    pub message: Option<String>,
    /// If the job has verified answers: 1 for each that is a hit, and 0 for the others.
    pub verdicts: Option<Uint8Array>,
    /// If the job was started by `submitMany` and has settled.
    pub found: Option<FoundHits>,
}

/// The hits of several templates, one after the other, in arrays with one entry for each hit.
#[napi(object, object_from_js = false)]
pub struct FoundHits {
    /// The number of hits of each template.
    pub counts: Uint32Array,
    pub nonces: BigUint64Array,
    /// The numbers of the variants, which are 0 without version rolling.
    pub variants: Uint8Array,
    /// The digests, one after the other. Those of a template have the length that its digests have.
    pub digests: Uint8Array,
}

/// Bytes that the addon may write. The macro of napi-rs does not know the type unless it has a name.
type Writable<'a> = &'a mut [u8];

/// The jobs of one JavaScript environment.
#[napi]
pub struct Solver {
    wake: FunctionRef<(), ()>,
    jobs: Arc<Jobs>,
}

/// The part of a [`Solver`] that the environment's cleanup needs, too.
#[derive(Default)]
struct Jobs {
    mailbox: Arc<Mailbox>,
    state: Mutex<JobsState>,
}

#[derive(Default)]
struct JobsState {
    last_id: u32,
    handles: HashMap<u32, JobHandle>,
    /// What the jobs that verify answers have found so far.
    verifications: HashMap<u32, Arc<Verification>>,
    /// The jobs whose hits are reported in arrays.
    many: HashSet<u32>,
    pool: Option<Arc<Pool>>,
    shut_down: bool,
}

#[napi]
impl Solver {
    /// Creates a solver. `wake` is called on the event loop when there are reports to drain.
    #[napi(constructor)]
    pub fn new(env: Env, wake: Function<(), ()>) -> napi::Result<Self> {
        let jobs = Arc::new(Jobs::default());
        env.add_env_cleanup_hook(Arc::clone(&jobs), |jobs| jobs.shut_down())?;
        Ok(Self {
            wake: wake.create_ref()?,
            jobs,
        })
    }

    /// Starts a job that searches a packed template from its nonce on. The bounds of the rule are `lo`, or 0, and `hi`.
    /// Returns the id of the job. The job keeps the event loop alive until its outcome is drained. Its spans, if
    /// any, go to `traces`. The template may repeat bytes behind its preimage. If the job takes hardly any work, it is done at once, and its report, which is not among those that
    /// are drained, is written behind the packed template. Throws an error with a `code`.
    #[napi(catch_unwind)]
    #[allow(
        clippy::too_many_arguments,
        reason = "an object is read more slowly than arguments"
    )]
    pub fn submit(
        &self,
        env: Env,
        #[napi(ts_arg_type = "Uint8Array")] packed: Writable<'_>,
        preimage: &[u8],
        hi: BigInt,
        lo: Option<BigInt>,
        input: Option<JobInput>,
        traces: Option<&TraceReceiver>,
        repeated: Option<RepeatedInput>,
    ) -> Result<u32> {
        let given = Packed::new(packed)?;
        let mut template = given.template(preimage, lo.as_ref(), &hi)?;
        if let Some(repeated) = repeated {
            template = repeated.behind(template)?;
        }
        let options = input.unwrap_or_default().into_options(given.nonce())?;
        let mut report = Report::new(packed)?;
        report.clear();
        let mut state = self.jobs.state();
        let (id, observer) = self.next_job(&state)?;
        let pool = Arc::clone(state.pool.get_or_insert_with(process_pool::acquire));
        let origin = traces.map(|receiver| receiver.origin(id));
        let submitted = trace::with_origin(origin, || {
            pool.submit_or_settle(template, options, Box::new(observer))
        });
        match submitted.map_err(|error| refused_job(&error))? {
            Submitted::Running(handle) => {
                self.keep_loop(&env, &handle)?;
                state.add(id, handle);
            }
            Submitted::Settled(kernel, outcome, effort) => {
                state.last_id = id;
                report.write(kernel, &outcome, effort);
            }
        }
        Ok(id)
    }

    /// Starts one job for the first hits of each template from this nonce on, at most `solutions` of each, and returns its
    /// id, as [`submit`](Self::submit) does. Its last report has `found`. Throws an error with a `code`.
    #[napi(catch_unwind)]
    pub fn submit_many(
        &self,
        env: Env,
        templates: Vec<TemplateInput>,
        solutions: u32,
        start_nonce: BigInt,
        input: JobInput,
        traces: Option<&TraceReceiver>,
    ) -> Result<u32> {
        let templates = templates.into_iter().map(TemplateInput::into_template);
        let templates = templates.collect::<Result<Vec<_>>>()?;
        let options = input.into_options(to_nonce("startNonce", &start_nonce)?)?;
        let mut state = self.jobs.state();
        let (id, observer) = self.next_job(&state)?;
        let pool = Arc::clone(state.pool.get_or_insert_with(process_pool::acquire));
        let origin = traces.map(|receiver| receiver.origin(id));
        let handle = trace::with_origin(origin, || {
            pool.submit_many(templates, solutions as usize, options, Box::new(observer))
        })
        .map_err(|error| refused_job(&error))?;
        self.keep_loop(&env, &handle)?;
        state.add(id, handle);
        state.many.insert(id);
        Ok(id)
    }

    /// Starts a job that verifies answers and returns its id, as [`submit`](Self::submit) does. When all answers have been
    /// verified, its outcome is `exhausted`. Throws an error with a `code`.
    #[napi(catch_unwind)]
    pub fn submit_answers(&self, env: Env, answers: AnswersInput) -> Result<u32> {
        self.submit_batch(&env, answers.into_batch()?)
    }

    /// Starts a job that verifies complete messages, as [`submit_answers`](Self::submit_answers) does.
    #[napi(catch_unwind)]
    pub fn submit_messages(&self, env: Env, messages: MessagesInput) -> Result<u32> {
        self.submit_batch(&env, messages.into_batch()?)
    }

    /// Starts a job that verifies nonces of one template, as [`submit_answers`](Self::submit_answers) does.
    #[napi(catch_unwind)]
    pub fn submit_nonces(&self, env: Env, nonces: NoncesInput) -> Result<u32> {
        self.submit_batch(&env, nonces.into_batch()?)
    }

    /// Cancels a job. This has no effect on a settled job.
    #[napi(catch_unwind)]
    pub fn cancel(&self, job: u32) {
        if let Some(handle) = self.jobs.state().handles.get(&job) {
            handle.cancel();
        }
    }

    /// Returns all reports since the last call. A job whose outcome is among them is forgotten.
    #[napi(catch_unwind)]
    pub fn drain(&self) -> Vec<SolverEvent> {
        let drained = self.jobs.mailbox.drain();
        let mut state = self.jobs.state();
        let settled: Vec<_> = drained
            .settled
            .into_iter()
            .map(|(job, outcome, effort)| {
                let handle = state.handles.remove(&job);
                let is_many = state.many.remove(&job);
                SolverEvent {
                    kernel: handle
                        .as_ref()
                        .map(|handle| handle.kernel().name().to_owned()),
                    found: handle
                        .filter(|_| is_many)
                        .map(|handle| to_arrays(&handle.hits())),
                    verdicts: state
                        .verifications
                        .remove(&job)
                        .map(|verification| {
                            verification.verdicts().map(u8::from).collect::<Vec<_>>()
                        })
                        .map(Uint8Array::from),
                    ..settled_event(job, outcome, effort)
                }
            })
            .collect();
        self.jobs.release_loop_if_idle(&state);
        let progress = drained
            .progress
            .into_iter()
            .map(|(job, progress)| progress_event(job, &progress));
        progress.chain(settled).collect()
    }

    /// Cancels all jobs and releases the pool, which joins its threads if no other environment uses it. The jobs do not
    /// report their outcomes.
    #[napi(catch_unwind)]
    pub fn shutdown(&self) {
        self.jobs.shut_down();
    }
}

impl Solver {
    fn submit_batch(&self, env: &Env, batch: AnswerBatch) -> Result<u32> {
        let verification = Verification::new(batch).map_err(invalid_argument)?;
        let verification = Arc::new(verification);
        let mut state = self.jobs.state();
        let (id, observer) = self.next_job(&state)?;
        let pool = Arc::clone(state.pool.get_or_insert_with(process_pool::acquire));
        let handle = pool
            .verify(
                Arc::clone(&verification),
                &SearchOptions::default(),
                Box::new(observer),
            )
            .map_err(|error| refused_job(&error))?;
        self.keep_loop(env, &handle)?;
        state.add(id, handle);
        state.verifications.insert(id, verification);
        Ok(id)
    }

    /// Returns the id and the observer of the next job.
    fn next_job(&self, state: &JobsState) -> Result<(u32, JobObserver)> {
        if state.shut_down {
            return Err(Code::ShutDown.error(SubmitError::ShutDown));
        }
        let job = state.last_id.wrapping_add(1);
        let mailbox = Arc::clone(&self.jobs.mailbox);
        Ok((job, JobObserver { job, mailbox }))
    }

    /// Lets the mailbox wake the event loop, and keep it alive, until the job has settled. What threads have reported
    /// before is not lost. If this fails, the job is cancelled.
    fn keep_loop(&self, env: &Env, job: &JobHandle) -> Result<()> {
        if self.jobs.mailbox.has_wake_up() {
            return Ok(());
        }
        let built = self.wake.borrow_back(env).and_then(|wake| {
            wake.build_threadsafe_function::<()>()
                .callee_handled::<false>()
                .max_queue_size::<1>()
                .build()
        });
        match built {
            Ok(wake_up) => {
                self.jobs.mailbox.set_wake_up(wake_up);
                Ok(())
            }
            Err(error) => {
                job.cancel();
                Err(node_api(error))
            }
        }
    }
}

impl JobsState {
    fn add(&mut self, id: u32, handle: JobHandle) {
        self.last_id = id;
        self.handles.insert(id, handle);
    }
}

impl Jobs {
    fn state(&self) -> MutexGuard<'_, JobsState> {
        lock(&self.state)
    }

    fn release_loop_if_idle(&self, state: &JobsState) {
        if state.handles.is_empty() {
            self.mailbox.remove_wake_up();
        }
    }

    fn shut_down(&self) {
        let mut state = self.state();
        state.shut_down = true;
        let handles = std::mem::take(&mut state.handles);
        let pool = state.pool.take();
        drop(state);
        self.mailbox.remove_wake_up();
        for handle in handles.values() {
            handle.cancel();
        }
        drop(pool);
    }
}

impl JobInput {
    fn into_options(self, start_nonce: u64) -> Result<SearchOptions> {
        let duration = |ms: f64| Duration::try_from_secs_f64(ms / 1e3).map_err(invalid_argument);
        Ok(SearchOptions {
            start_nonce,
            max_hashes: self
                .max_hashes
                .map(|value| to_nonce("maxHashes", &value))
                .transpose()?,
            timeout: self.timeout_ms.map(duration).transpose()?,
            threads: self.threads.map(|threads| threads as usize),
            priority: if self.background == Some(true) {
                Priority::Background
            } else {
                Priority::Normal
            },
            kernel: self
                .kernel
                .map(|name| name.parse().map_err(invalid_argument))
                .transpose()?,
            progress_interval: self.progress_interval_ms.map(duration).transpose()?,
        })
    }
}

fn progress_event(job: u32, progress: &Progress) -> SolverEvent {
    SolverEvent {
        hashes_per_second: Some(progress.hashes_per_second),
        ..event(job, "progress", progress.hashes, progress.elapsed)
    }
}

fn settled_event(job: u32, outcome: Outcome, effort: Effort) -> SolverEvent {
    let settled = SolverEvent {
        stopped_after_ms: effort.cancel_latency.map(to_ms),
        ..event(job, outcome.name(), effort.hashes, effort.elapsed)
    };
    match outcome {
        Outcome::Found {
            nonce,
            variant,
            digest,
        } => SolverEvent {
            nonce: Some(nonce.into()),
            variant: Some(variant),
            digest: Some(to_hex(&digest)),
            ..settled
        },
        Outcome::Panicked(message) => SolverEvent {
            message: Some(message),
            ..settled
        },
        Outcome::Cancelled | Outcome::TimedOut | Outcome::BudgetSpent | Outcome::Exhausted => {
            settled
        }
    }
}

fn event(job: u32, kind: &str, hashes: u64, elapsed: Duration) -> SolverEvent {
    SolverEvent {
        job,
        kind: kind.to_owned(),
        // Exact below 2^53, which takes years to reach.
        hashes: hashes as f64,
        elapsed_ms: to_ms(elapsed),
        stopped_after_ms: None,
        hashes_per_second: None,
        kernel: None,
        nonce: None,
        variant: None,
        digest: None,
        message: None,
        verdicts: None,
        found: None,
    }
}

/// Converts a time to ms.
pub fn to_ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

fn to_arrays(found: &[Vec<Found>]) -> FoundHits {
    let hits = || found.iter().flatten();
    let counts: Vec<u32> = found.iter().map(|found| found.len() as u32).collect();
    let nonces: Vec<u64> = hits().map(|hit| hit.nonce).collect();
    let variants: Vec<u8> = hits().map(|hit| hit.variant as u8).collect();
    let digests: Vec<u8> = hits().flat_map(|hit| hit.digest.to_vec()).collect();
    FoundHits {
        counts: counts.into(),
        nonces: nonces.into(),
        variants: variants.into(),
        digests: digests.into(),
    }
}
