use napi_derive::napi;

/// The position up to which the heads have been read.
#[napi(object)]
pub struct StoreCursor {
    /// The number of the next block.
    pub number: f64,
    /// The number of pruning records before it.
    pub trusted: f64,
}
