use napi::bindgen_prelude::Uint8Array;
use napi_derive::napi;
use qanto_store::{StoreError, StoredBlock};

use super::StoreCursor;
use super::answers::Answer;

/// The answer to one call. Which fields it has depends on what was asked.
#[napi(object, object_from_js = false)]
#[derive(Default)]
pub struct StoreReply {
    /// The number that the call returned.
    pub call: u32,
    /// Why the call failed; then nothing else is set.
    pub failure: Option<StoreFailure>,
    /// Of a block that was read; or packed heads.
    pub head: Option<Uint8Array>,
    /// Of a block that was read.
    pub body: Option<Uint8Array>,
    /// Where to go on reading heads.
    pub cursor: Option<StoreCursor>,
    /// How many blocks were ever appended.
    pub appended: Option<f64>,
    /// What the chain wrote last.
    pub state: Option<Uint8Array>,
    /// Bytes of the store's files.
    pub size: Option<f64>,
    /// Bytes of the file system.
    pub total: Option<f64>,
    /// Bytes of the file system that may still be used.
    pub available: Option<f64>,
}

/// Why a call failed. Which fields it has depends on the kind.
#[napi(object, object_from_js = false)]
#[derive(Default)]
pub struct StoreFailure {
    /// What kind of failure it is.
    #[napi(
        ts_type = "'locked' | 'wrong-network' | 'schema-too-new' | 'schema-too-old' | 'damaged' | 'full' | 'failed'"
    )]
    pub kind: String,
    /// In words.
    pub detail: String,
    /// Process id of the owner of a locked store.
    pub pid: Option<u32>,
    /// Whether that is this process.
    pub this_process: Option<bool>,
    /// Network that the store holds.
    pub network: Option<String>,
    /// Genesis that the store holds, in hex.
    pub genesis: Option<String>,
    /// Schema of the store.
    pub schema: Option<f64>,
    /// Newest schema that can be read.
    pub supported: Option<f64>,
    /// Bytes that are free.
    pub available: Option<f64>,
    /// Bytes that must stay free.
    pub min_free: Option<f64>,
    /// Error number of the operating system.
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
