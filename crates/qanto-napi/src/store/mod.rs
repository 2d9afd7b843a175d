//! The binding of `qanto-store`. Every call returns a number at once. Its answer is drained later, and has that number.

mod answers;
mod cursor;
mod reply;

use std::sync::{Arc, Mutex, MutexGuard};

use napi::Env;
use napi::bindgen_prelude::{Function, Uint8Array};
use napi_derive::napi;
use qanto_store::{
    BackupProgress, Blocks, Hash, HeadCursor, Identity, Options, Pruning, Reply, Store, Trusted,
};

use answers::{Answer, Answers};
use cursor::StoreCursor;
use reply::StoreReply;

use crate::error::{Code, Result, invalid_argument};
use crate::sync::lock;
use crate::wake_up::WakeUp;

/// The options of a store, already checked by TypeScript.
#[napi(object, object_to_js = false)]
pub struct StoreOptions {
    /// The absolute path of the directory.
    pub directory: String,
    /// The name of the network.
    pub network: String,
    /// The hash of the genesis block, 32 bytes in displayed order.
    pub genesis: Uint8Array,
    /// The bytes that must stay free. The default is 64 MiB, or a twentieth of the file system if that is less.
    pub min_free_bytes: Option<f64>,
    /// The size of the page cache in memory, in bytes.
    pub cache_bytes: f64,
    /// The page size of a new database, in bytes. For measurements.
    pub page_bytes: Option<u32>,
}

/// A block store on a thread of its own, opened by one JavaScript environment. It does not keep the event loop alive.
#[napi]
pub struct BlockStore {
    shared: Arc<Shared>,
}

/// The part of a [`BlockStore`] that the environment's cleanup needs, too.
struct Shared {
    answers: Arc<Answers>,
    store: Mutex<Option<Arc<Store>>>,
    /// The progress of the last backup.
    backup: Mutex<Option<Arc<BackupProgress>>>,
}

#[napi]
impl BlockStore {
    /// Creates a store that is not open yet. `wake` is called on the event loop when there are answers to drain.
    #[napi(constructor)]
    pub fn new(env: Env, wake: Function<(), ()>) -> napi::Result<Self> {
        let wake_up: WakeUp<true> = wake
            .build_threadsafe_function::<()>()
            .callee_handled::<false>()
            .weak::<true>()
            .max_queue_size::<1>()
            .build()?;
        let shared = Arc::new(Shared {
            answers: Arc::new(Answers::new(wake_up)),
            store: Mutex::new(None),
            backup: Mutex::new(None),
        });
        env.add_env_cleanup_hook(Arc::clone(&shared), |shared| shared.shut_down())?;
        Ok(Self { shared })
    }

    /// Opens the store. This must be the first call, and must be made once. The answer has `appended` and `state`.
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
        *self.shared.store() = Some(Arc::new(store));
        Ok(call)
    }

    /// Reads the next heads. The answer has `head` (packed) and `cursor`, which is absent at the end.
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

    /// Reads a block. The answer has `head` and `body`, or neither if the block cannot be read.
    #[napi(catch_unwind)]
    pub fn read(&self, hash: &[u8]) -> Result<u32> {
        let hash = to_hash(hash)?;
        let store = self.store()?;
        let call = self.shared.answers.next_call();
        store.read(hash, self.reply(call, Answer::Block));
        Ok(call)
    }

    /// Reads whole blocks from a number on. The answer has `head` (packed), `complete` and `cursor`, which is absent at the end.
    #[napi(catch_unwind)]
    pub fn blocks(&self, from: f64) -> Result<u32> {
        let store = self.store()?;
        let call = self.shared.answers.next_call();
        store.blocks(from as u64, self.reply(call, Answer::Blocks));
        Ok(call)
    }

    /// Makes a backup in a directory that does not exist yet. The answer has `appended`, `held` and `size`.
    #[napi(catch_unwind)]
    pub fn backup(&self, directory: String) -> Result<u32> {
        let store = self.store()?;
        let call = self.shared.answers.next_call();
        let progress = store.back_up(directory.into(), self.reply(call, Answer::BackedUp));
        *lock(&self.shared.backup) = Some(progress);
        Ok(call)
    }

    /// Cancels the last backup.
    #[napi(catch_unwind)]
    pub fn cancel_backup(&self) {
        if let Some(progress) = lock(&self.shared.backup).as_ref() {
            progress.cancel();
        }
    }

    /// How much of the last backup is done, and how much there is to do.
    #[napi(getter)]
    pub fn backup_progress(&self) -> Vec<f64> {
        let progress = lock(&self.shared.backup);
        let (done, total) = progress.as_ref().map_or((0, 0), |progress| progress.get());
        vec![done as f64, total as f64]
    }

    /// Appends packed blocks.
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

    /// Drops the blocks with these hashes, which are concatenated, and keeps others with packed records.
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

    /// Checks whether there is space for this many more bytes of blocks.
    #[napi(catch_unwind)]
    pub fn admit(&self, bytes: f64) -> Result<u32> {
        let store = self.store()?;
        let call = self.shared.answers.next_call();
        let reply = self.reply(call, |()| Answer::Done);
        store.admit(bytes as u64, reply);
        Ok(call)
    }

    /// Measures the store. The answer has `size`, `total` and `available`.
    #[napi(catch_unwind)]
    pub fn usage(&self) -> Result<u32> {
        let store = self.store()?;
        let call = self.shared.answers.next_call();
        store.usage(self.reply(call, Answer::Usage));
        Ok(call)
    }

    /// Verifies the checksum of every record, between other calls.
    #[napi(catch_unwind)]
    pub fn verify(&self) -> Result<u32> {
        let store = self.store()?;
        let call = self.shared.answers.next_call();
        let reply = self.reply(call, |()| Answer::Done);
        store.verify(reply);
        Ok(call)
    }

    /// Finishes the earlier calls and closes the store.
    #[napi(catch_unwind)]
    pub fn close(&self) -> Result<u32> {
        let store = self.store()?;
        let call = self.shared.answers.next_call();
        let reply = self.reply(call, |()| Answer::Done);
        store.close(reply);
        Ok(call)
    }

    /// The bytes that were free after the last transaction, on the file system and within the file.
    #[napi(getter)]
    pub fn available_bytes(&self) -> f64 {
        self.store().map_or(0.0, |store| store.available() as f64)
    }

    /// The bytes that must stay free.
    #[napi(getter)]
    pub fn min_free_bytes(&self) -> f64 {
        self.store().map_or(0.0, |store| store.min_free() as f64)
    }

    /// Returns all answers since the last call.
    #[napi(catch_unwind)]
    pub fn drain(&self) -> Vec<StoreReply> {
        let drained = self.shared.answers.drain();
        drained
            .into_iter()
            .map(|(call, answer)| StoreReply::new(call, answer))
            .collect()
    }

    /// Closes the store and waits until it is closed. Calls that have not been answered yet are never answered.
    #[napi(catch_unwind)]
    pub fn shutdown(&self) {
        self.shared.shut_down();
    }

    fn store(&self) -> Result<Arc<Store>> {
        let store = self.shared.store().clone();
        store.ok_or_else(|| Code::ShutDown.error("the store is not open"))
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
    fn store(&self) -> MutexGuard<'_, Option<Arc<Store>>> {
        lock(&self.store)
    }

    fn shut_down(&self) {
        self.answers.silence();
        let store = self.store().take();
        drop(store);
    }
}

fn to_hash(bytes: &[u8]) -> Result<Hash> {
    Hash::from_slice(bytes).ok_or_else(|| invalid_argument("a hash must have 32 bytes"))
}
