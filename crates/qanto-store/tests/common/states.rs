//! Stores in various states, as copies of their files.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use qanto_store::Database;

use super::model::{Model, Step};
use super::options;
use super::random::Random;

pub type FileBytes = BTreeMap<String, Vec<u8>>;

/// A store that is not open, and its content.
pub struct State {
    pub name: &'static str,
    pub model: Model,
    pub files: FileBytes,
}

/// Creates all states. They are the same in every run.
pub fn states() -> Vec<State> {
    let mut random = Random::new(1);
    [
        "closed cleanly",
        "killed with a log",
        "pruned",
        "archived",
        "killed in the middle of a deletion",
        "killed with a log that was begun again",
    ]
    .into_iter()
    .map(|name| state(name, &mut random))
    .collect()
}

fn state(name: &'static str, random: &mut Random) -> State {
    let directory = tempfile::tempdir().expect("a directory");
    let mut database = Database::open(&options(directory.path())).expect("a store");
    let mut model = Model::default();
    let append = |count| Step::Append(vec![(count, Some(vec![7; 500])), (1, None)]);
    let mut steps = vec![append(150), append(40)];
    match name {
        "closed cleanly" => {}
        "killed with a log" => steps.extend([Step::Checkpoint, append(10), append(0), append(30)]),
        "killed with a log that was begun again" => {
            steps.extend([append(90), Step::Checkpoint, append(3), append(1)]);
        }
        _ => {}
    }
    for step in &steps {
        model.apply(step, &mut database).expect("applied");
        model = model.after(step);
    }
    if name.contains("deletion") || matches!(name, "pruned" | "archived") {
        let step = model.pruning(70, name == "archived", random);
        model.apply(&step, &mut database).expect("pruned");
        model = model.after(&step);
        let slices = if name == "pruned" { usize::MAX } else { 4 };
        for _ in 0..slices {
            if database.has_pending_deletion() {
                database.delete_slice().expect("deleted");
            } else {
                break;
            }
        }
    }
    if name.starts_with("killed") {
        let files = read_files(directory.path());
        return State { name, model, files };
    }
    database.close().expect("closed");
    State {
        name,
        model,
        files: read_files(directory.path()),
    }
}

pub fn read_files(directory: &Path) -> FileBytes {
    let read = |entry: fs::DirEntry| {
        let name = entry.file_name().into_string().expect("a plain name");
        (name, fs::read(entry.path()).expect("a file"))
    };
    fs::read_dir(directory)
        .expect("the files")
        .map(|entry| read(entry.expect("a file")))
        .collect()
}

pub fn write_files(directory: &Path, files: &FileBytes) {
    for (name, bytes) in files {
        fs::write(directory.join(name), bytes).expect("a file is written");
    }
}
