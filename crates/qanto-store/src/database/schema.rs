//! The tables, and the records that consist of a single row.

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{Identity, Progress};
use crate::checksum::{checksum, compare, verify};
use crate::error::StoreError;
use crate::hash::Hash;
use crate::ranges::{Fate, Range, Ranges};

/// The version of the tables, which is stored in `user_version`.
pub const SCHEMA: i64 = 1;

/// The `application_id`, which distinguishes the database from those of other programs: "qnto".
pub const APPLICATION: i64 = 0x716e_746f;

/// All tables. The body of a block is the last column, so that reading a head does not read it.
pub const TABLES: [&str; 5] = [
    "CREATE TABLE identity (id INTEGER PRIMARY KEY, network TEXT NOT NULL, genesis BLOB NOT NULL, checksum INTEGER NOT NULL)",
    "CREATE TABLE progress (id INTEGER PRIMARY KEY, sequence INTEGER NOT NULL, appended INTEGER NOT NULL, held INTEGER NOT NULL, trusted INTEGER NOT NULL, ranges INTEGER NOT NULL, state BLOB, checksum INTEGER NOT NULL)",
    "CREATE TABLE blocks (number INTEGER PRIMARY KEY, hash BLOB NOT NULL, head BLOB NOT NULL, head_checksum INTEGER NOT NULL, body_checksum INTEGER NOT NULL, body BLOB NOT NULL)",
    "CREATE TABLE trusted (number INTEGER PRIMARY KEY, record BLOB NOT NULL, checksum INTEGER NOT NULL)",
    "CREATE TABLE pruned (first INTEGER PRIMARY KEY, last INTEGER NOT NULL, fate INTEGER NOT NULL, checksum INTEGER NOT NULL)",
];

/// Returns an error if the tables are not those of [`TABLES`].
pub fn check_tables(connection: &Connection) -> Result<(), StoreError> {
    let mut statement = connection.prepare("SELECT sql FROM sqlite_schema ORDER BY rowid")?;
    let found = statement
        .query_map([], |row| row.get::<_, String>(0))?
        .collect::<Result<Vec<_>, _>>()?;
    if found == TABLES {
        return Ok(());
    }
    Err(StoreError::damaged("its tables are not those of a store"))
}

pub fn write_identity(connection: &Connection, identity: &Identity) -> rusqlite::Result<usize> {
    let Identity { network, genesis } = identity;
    connection.execute(
        "INSERT INTO identity VALUES (1, ?, ?, ?)",
        params![
            network,
            genesis.0,
            checksum(1, &[network.as_bytes(), &genesis.0])
        ],
    )
}

pub fn read_identity(connection: &Connection) -> Result<Identity, StoreError> {
    let columns = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
    let (network, genesis, stored): (String, [u8; 32], i64) = only_row(
        connection,
        "SELECT network, genesis, checksum FROM identity WHERE id = 1",
        columns,
        "the record of the chain it holds",
    )?;
    verify(stored, 1, &[network.as_bytes(), &genesis], || {
        "the record of the chain it holds".to_owned()
    })?;
    Ok(Identity {
        network,
        genesis: Hash(genesis),
    })
}

pub fn write_progress(connection: &Connection, progress: &Progress) -> rusqlite::Result<usize> {
    connection
        .prepare_cached("INSERT OR REPLACE INTO progress VALUES (1, ?, ?, ?, ?, ?, ?, ?)")?
        .execute(params![
            progress.sequence,
            progress.appended,
            progress.held,
            progress.trusted,
            progress.ranges,
            progress.state,
            progress_checksum(progress)
        ])
}

pub fn read_progress(connection: &Connection) -> Result<Progress, StoreError> {
    let columns = |row: &Row<'_>| {
        let progress = Progress {
            sequence: row.get(0)?,
            appended: row.get(1)?,
            held: row.get(2)?,
            trusted: row.get(3)?,
            ranges: row.get(4)?,
            state: row.get(5)?,
        };
        Ok((progress, row.get(6)?))
    };
    let (progress, stored): (Progress, i64) = only_row(
        connection,
        "SELECT sequence, appended, held, trusted, ranges, state, checksum FROM progress WHERE id = 1",
        columns,
        "the record of its progress",
    )?;
    compare(stored, progress_checksum(&progress), || {
        "the record of its progress".to_owned()
    })?;
    Ok(progress)
}

fn progress_checksum(progress: &Progress) -> u32 {
    let Progress {
        sequence,
        appended,
        held,
        trusted,
        ranges,
        state,
    } = progress;
    checksum(
        *sequence,
        &[
            &appended.to_le_bytes(),
            &held.to_le_bytes(),
            &trusted.to_le_bytes(),
            &ranges.to_le_bytes(),
            &[u8::from(state.is_some())],
            state.as_deref().unwrap_or_default(),
        ],
    )
}

/// Replaces all ranges. Returns their number.
pub fn write_pruned(connection: &Connection, pruned: &Ranges) -> rusqlite::Result<u64> {
    connection
        .prepare_cached("DELETE FROM pruned")?
        .execute([])?;
    let mut insert = connection.prepare_cached("INSERT INTO pruned VALUES (?, ?, ?, ?)")?;
    let mut count = 0;
    for range in pruned.iter() {
        let Range { first, last, fate } = range;
        insert.execute(params![first, last, fate as u8, range_checksum(range)])?;
        count += 1;
    }
    Ok(count)
}

pub fn read_pruned(connection: &Connection) -> Result<Ranges, StoreError> {
    let mut ranges = Ranges::default();
    let mut statement =
        connection.prepare("SELECT first, last, fate, checksum FROM pruned ORDER BY first")?;
    let mut rows = statement.query([])?;
    let mut next_first = 0;
    while let Some(row) = rows.next()? {
        let (first, last, fate, stored): (u64, u64, i64, i64) =
            (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?);
        let range = Fate::from_code(fate).map(|fate| Range { first, last, fate });
        match range {
            Some(range)
                if first >= next_first
                    && last >= first
                    && last < i64::MAX as u64
                    && stored == i64::from(range_checksum(range)) =>
            {
                ranges.assign(first, last, Some(range.fate));
                next_first = last + 1;
            }
            _ => {
                return Err(StoreError::damaged(format!(
                    "the record of the blocks that were pruned from number {first} on does not match its checksum"
                )));
            }
        }
    }
    Ok(ranges)
}

fn range_checksum(Range { first, last, fate }: Range) -> u32 {
    checksum(first, &[&last.to_le_bytes(), &[fate as u8]])
}

fn only_row<T>(
    connection: &Connection,
    sql: &str,
    columns: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    what: &str,
) -> Result<T, StoreError> {
    connection
        .query_row(sql, [], columns)
        .optional()?
        .ok_or_else(|| StoreError::damaged(format!("{what} is missing")))
}
