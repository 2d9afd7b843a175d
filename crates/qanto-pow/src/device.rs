//! What a device outside the processor needs to know of a template, independent of how the device is driven.

mod last_block;

pub use self::last_block::{LastBlock, LastBlockShape, UnknownShape, VariantBlock};
pub use crate::rule::WordTest;
