//! The binding of `qanto-store`. Every call returns a number at once; its answer is drained later, by that number.

mod answers;
mod reply;

use std::sync::{Arc, Mutex, PoisonError};

use napi::Env;
use napi::bindgen_prelude::{Function, Uint8Array};
use napi_derive::napi;
use qanto_store::{Blocks, Hash, HeadCursor, Identity, Options, Pruning, Reply, Store, Trusted};

use answers::{Answer, Answers, Bell};
use reply::StoreReply;

use crate::refusal::{Code, Result, invalid_argument};

/// What to open, already checked in TypeScript.
#[napi(object, object_to_js = false)]
pub struct StoreOptions {
    /// Absolute path of the directory.
    pub directory: String,
    /// Name of the network.
    pub network: String,
    /// Hash of the genesis block: 32 bytes in displayed order.
    pub genesis: Uint8Array,
    /// Bytes that must stay free; by default 64 MiB or a twentieth of the file system, whichever is less.
    pub min_free_bytes: Option<f64>,
    /// Bytes of memory for the page cache.
    pub cache_bytes: f64,
    /// Bytes of a page of a new database, for measurements.
    pub page_bytes: Option<u32>,
}

/// Where a reading of all heads has come to.
#[napi(object)]
pub struct StoreCursor {
    /// Number of the next block.
    pub number: f64,
    /// How many pruning records came before it.
    pub trusted: f64,
}

/// A block store on a thread of its own, opened by one JavaScript environment. It does not hold the event loop.
#[napi]
pub struct BlockStore {
    shared: Arc<Shared>,
}

/// What the environment's cleanup needs of a [`BlockStore`], too.
struct Shared {
    answers: Arc<Answers>,
    store: Mutex<Option<Arc<Store>>>,
}

#[napi]
impl BlockStore {
    /// `wake` is called on the event loop when there is something to drain.
    #[napi(constructor)]
    pub fn new(env: Env, wake: Function<(), ()>) -> napi::Result<Self> {
        let bell: Bell = wake
            .build_threadsafe_function::<()>()
            .callee_handled::<false>()
            .weak::<true>()
            .max_queue_size::<1>()
            .build()?;
        let shared = Arc::new(Shared {
            answers: Arc::new(Answers::new(bell)),
            store: Mutex::new(None),
        });
        env.add_env_cleanup_hook(Arc::clone(&shared), |shared| shared.shut_down())?;
        Ok(Self { shared })
    }

    /// Opens the store; to be called first, and once. Answered with `appended` and `state`.
    #[napi(catch_unwind)]
    pub fn open(&self, options: StoreOptions) -> Result<u32> {
        let options = Options {
            directory: options.directory.into(),
            identity: Identity {
                network: options.network,
                genesis: to_hash(&options.genesis)?,
            },
            min_free: options.min_free_bytes.map(|bytes| bytes as u64),
            cache_bytes: options.cache_bytes as u64,
            page_bytes: options.page_bytes,
            vfs: None,
        };
        let call = self.shared.answers.next_call();
        let store = Store::open(options, self.reply(call, Answer::Opened));
        *self.shared.lock() = Some(Arc::new(store));
        Ok(call)
    }

    /// Asks for the next heads; answered with `head` (packed) and `cursor`, which is absent at the end.
    #[napi(catch_unwind)]
    pub fn heads(&self, cursor: Option<StoreCursor>) -> Result<u32> {
        let cursor = cursor.map(|cursor| HeadCursor {
            number: cursor.number as u64,
            trusted: cursor.trusted as u64,
        });
        let store = self.store()?;
        let call = self.shared.answers.next_call();
        let reply = self.reply(call, |(heads, next)| Answer::Heads(heads, next));
        store.heads(cursor, reply);
        Ok(call)
    }

    /// Asks for a block; answered with `head` and `body`, or neither.
    #[napi(catch_unwind)]
    pub fn read(&self, hash: &[u8]) -> Result<u32> {
        let hash = to_hash(hash)?;
        let store = self.store()?;
        let call = self.shared.answers.next_call();
        store.read(hash, self.reply(call, Answer::Block));
        Ok(call)
    }

    /// Adds packed blocks.
    #[napi(catch_unwind)]
    pub fn append(&self, blocks: &[u8], state: Option<Uint8Array>) -> Result<u32> {
        let blocks = Blocks::parse(blocks.to_vec()).map_err(invalid_argument)?;
        let state = state.map(|state| state.to_vec());
        let store = self.store()?;
        let call = self.shared.answers.next_call();
        let reply = self.reply(call, |()| Answer::Done);
        store.append(blocks, state, reply);
        Ok(call)
    }

    /// Drops blocks (hashes one after the other) and keeps others by packed records.
    #[napi(catch_unwind)]
    pub fn prune(
        &self,
        dropped: &[u8],
        trusted: &[u8],
        state: &[u8],
        archive: bool,
    ) -> Result<u32> {
        let pruning = Pruning {
            dropped: qanto_store::parse_hashes(dropped).map_err(invalid_argument)?,
            trusted: Trusted::parse_all(trusted).map_err(invalid_argument)?,
            state: state.to_vec(),
            archive,
        };
        let store = self.store()?;
        let call = self.shared.answers.next_call();
        let reply = self.reply(call, |()| Answer::Done);
        store.prune(pruning, reply);
        Ok(call)
    }

    /// Asks whether there is room for so many more bytes of blocks.
    #[napi(catch_unwind)]
    pub fn admit(&self, bytes: f64) -> Result<u32> {
        let store = self.store()?;
        let call = self.shared.answers.next_call();
        let reply = self.reply(call, |()| Answer::Done);
        store.admit(bytes as u64, reply);
        Ok(call)
    }

    /// Asks what the store takes; answered with `size`, `total` and `available`.
    #[napi(catch_unwind)]
    pub fn usage(&self) -> Result<u32> {
        let store = self.store()?;
        let call = self.shared.answers.next_call();
        store.usage(self.reply(call, Answer::Usage));
        Ok(call)
    }

    /// Compares every record with its checksum, between other calls.
    #[napi(catch_unwind)]
    pub fn verify(&self) -> Result<u32> {
        let store = self.store()?;
        let call = self.shared.answers.next_call();
        let reply = self.reply(call, |()| Answer::Done);
        store.verify(reply);
        Ok(call)
    }

    /// Finishes what was asked before and closes.
    #[napi(catch_unwind)]
    pub fn close(&self) -> Result<u32> {
        let store = self.store()?;
        let call = self.shared.answers.next_call();
        let reply = self.reply(call, |()| Answer::Done);
        store.close(reply);
        Ok(call)
    }

    /// Bytes that were free after the last transaction, those within the file included.
    #[napi(getter)]
    pub fn available_bytes(&self) -> f64 {
        self.store().map_or(0.0, |store| store.available() as f64)
    }

    /// Bytes that must stay free.
    #[napi(getter)]
    pub fn min_free_bytes(&self) -> f64 {
        self.store().map_or(0.0, |store| store.min_free() as f64)
    }

    /// All answers since the last call.
    #[napi(catch_unwind)]
    pub fn drain(&self) -> Vec<StoreReply> {
        let drained = self.shared.answers.drain();
        drained
            .into_iter()
            .map(|(call, answer)| StoreReply::new(call, answer))
            .collect()
    }

    /// Closes the store and waits until it is closed. Calls that are not answered yet are not heard of again.
    #[napi(catch_unwind)]
    pub fn shutdown(&self) {
        self.shared.shut_down();
    }

    fn store(&self) -> Result<Arc<Store>> {
        let store = self.shared.lock().clone();
        store.ok_or_else(|| Code::ShutDown.because("the store is not open"))
    }

    fn reply<T: 'static>(
        &self,
        call: u32,
        answer: impl FnOnce(T) -> Answer + Send + 'static,
    ) -> Reply<T> {
        let answers = Arc::clone(&self.shared.answers);
        Reply::new(move |result| {
            answers.put(call, result.map_or_else(Answer::Failed, answer));
        })
    }
}

impl Shared {
    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Arc<Store>>> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn shut_down(&self) {
        self.answers.silence();
        let store = self.lock().take();
        drop(store);
    }
}

fn to_hash(bytes: &[u8]) -> Result<Hash> {
    Hash::from_slice(bytes).ok_or_else(|| invalid_argument("a hash has 32 bytes"))
}
