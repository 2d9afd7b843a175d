//! Runs the queries in docs/store.md on a copy of a store.

mod common;

use std::path::Path;

use common::{append, options};
use qanto_store::Database;
use rusqlite::{Connection, OpenFlags};

#[test]
fn every_query_in_the_documentation_works_on_a_copy_of_a_store() {
    let directory = tempfile::tempdir().expect("a directory");
    let mut database = Database::open(&options(directory.path())).expect("a new store");
    append(&mut database, 0..2500).expect("appended");
    database.close().expect("closed");
    let copy = directory.path().join("copy.db");
    std::fs::copy(directory.path().join("blocks.db"), &copy).expect("copied");

    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/store.md");
    let text = std::fs::read_to_string(page).expect("the page");
    let queries: Vec<&str> = text
        .split("```sql\n")
        .skip(1)
        .filter_map(|rest| rest.split("```").next())
        .collect();
    let connection =
        Connection::open_with_flags(&copy, OpenFlags::SQLITE_OPEN_READ_WRITE).expect("the copy");
    let rows: Vec<usize> = queries
        .iter()
        .map(|query| {
            let mut statement = connection.prepare(query).expect("a query");
            let mut rows = statement.query([]).expect("rows");
            let mut count = 0;
            while rows.next().expect("a row").is_some() {
                count += 1;
            }
            count
        })
        .collect();
    assert_eq!(rows, [1, 10, 3]);
}
