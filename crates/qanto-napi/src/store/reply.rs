use napi::bindgen_prelude::Uint8Array;
use napi_derive::napi;
use qanto_store::{BackedUp, StoreError, StoredBlock};

use super::answers::Answer;
use super::cursor::StoreCursor;

/// The answer to one call. Its fields depend on the call.
#[napi(object, object_from_js = false)]
#[derive(Default)]
pub struct StoreReply {
    /// The number that the call returned.
    pub call: u32,
    /// Why the call failed. If this is set, all other fields are absent.
    pub failure: Option<StoreFailure>,
    /// The head of a block, packed heads, or packed whole blocks.
    pub head: Option<Uint8Array>,
    /// The body of a block.
    pub body: Option<Uint8Array>,
    /// The position at which the next heads begin.
    pub cursor: Option<StoreCursor>,
    /// Whether the store has every block that was ever appended.
    pub complete: Option<bool>,
    /// The number of blocks that are held.
    pub held: Option<f64>,
    /// The number of blocks that were ever appended.
    pub appended: Option<f64>,
    /// The state that the chain wrote last.
    pub state: Option<Uint8Array>,
    /// The size of the store's files, in bytes.
    pub size: Option<f64>,
    /// The size of the file system, in bytes.
    pub total: Option<f64>,
    /// The space that is available on the file system, in bytes.
    pub available: Option<f64>,
}

/// Why a call failed. Its fields depend on the kind.
#[napi(object, object_from_js = false)]
#[derive(Default)]
pub struct StoreFailure {
    /// The kind of failure.
    #[napi(
        ts_type = "'locked' | 'wrong-network' | 'schema-too-new' | 'schema-too-old' | 'damaged' | 'full' | 'failed'"
    )]
    pub kind: String,
    /// The description of the failure.
    pub detail: String,
    /// The process id of the owner of a locked store.
    pub pid: Option<u32>,
    /// Whether the owner is this process.
    pub this_process: Option<bool>,
    /// The network that the store holds.
    pub network: Option<String>,
    /// The hash of the genesis block that the store holds, in hex.
    pub genesis: Option<String>,
    /// The schema version of the store.
    pub schema: Option<f64>,
    /// The newest schema version that can be read.
    pub supported: Option<f64>,
    /// The bytes that are free.
    pub available: Option<f64>,
    /// The bytes that must stay free.
    pub min_free: Option<f64>,
    /// The error number of the operating system.
    pub os_error: Option<i32>,
}

impl StoreReply {
    pub fn new(call: u32, answer: Answer) -> Self {
        let reply = Self {
            call,
            ..Self::default()
        };
        match answer {
            Answer::Opened(opened) => Self {
                appended: Some(opened.appended as f64),
                state: opened.state.map(Into::into),
                ..reply
            },
            Answer::Heads(heads, next) => Self {
                head: Some(heads.into_bytes().into()),
                cursor: next.map(|cursor| StoreCursor {
                    number: cursor.number as f64,
                    trusted: cursor.trusted as f64,
                }),
                ..reply
            },
            Answer::Blocks((blocks, next, complete)) => Self {
                head: Some(blocks.into_bytes().into()),
                cursor: next.map(|number| StoreCursor {
                    number: number as f64,
                    trusted: 0.0,
                }),
                complete: Some(complete),
                ..reply
            },
            Answer::BackedUp(BackedUp {
                appended,
                held,
                size,
            }) => Self {
                appended: Some(appended as f64),
                held: Some(held as f64),
                size: Some(size as f64),
                ..reply
            },
            Answer::Block(Some(StoredBlock { head, body })) => Self {
                head: Some(head.into()),
                body: Some(body.into()),
                ..reply
            },
            Answer::Usage(usage) => Self {
                size: Some(usage.size as f64),
                total: Some(usage.room.total as f64),
                available: Some(usage.room.available as f64),
                ..reply
            },
            Answer::Block(None) | Answer::Done => reply,
            Answer::Failed(error) => Self {
                failure: Some(error.into()),
                ..reply
            },
        }
    }
}

impl From<StoreError> for StoreFailure {
    fn from(error: StoreError) -> Self {
        let failure = |kind: &str| Self {
            kind: kind.to_owned(),
            detail: error.to_string(),
            ..Self::default()
        };
        match &error {
            StoreError::Locked { pid, this_process } => Self {
                pid: *pid,
                this_process: Some(*this_process),
                ..failure("locked")
            },
            StoreError::WrongNetwork { network, genesis } => Self {
                network: Some(network.clone()),
                genesis: Some(genesis.to_string()),
                ..failure("wrong-network")
            },
            StoreError::SchemaTooNew { found, supported } => Self {
                schema: Some(*found as f64),
                supported: Some(*supported as f64),
                ..failure("schema-too-new")
            },
            StoreError::SchemaTooOld { file } => Self {
                detail: file.clone(),
                ..failure("schema-too-old")
            },
            StoreError::Damaged { detail } => Self {
                detail: detail.clone(),
                ..failure("damaged")
            },
            StoreError::Full {
                available,
                min_free,
            } => Self {
                available: Some(*available as f64),
                min_free: Some(*min_free as f64),
                ..failure("full")
            },
            StoreError::Failed { os_error, .. } => Self {
                os_error: *os_error,
                ..failure("failed")
            },
        }
    }
}
