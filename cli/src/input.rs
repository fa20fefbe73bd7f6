//! Manifests from files, folders and stdin.

use std::{
    collections::BTreeMap,
    fs, io,
    io::Read as _,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, bail};
use clap::Args;
use model::{
    Resource, ResourceKey,
    parse::{self, Document},
};

use crate::{busy, usage::usage};

const EXTENSIONS: [&str; 3] = ["yaml", "yml", "json"];

/// What takes about a second to read.
const MANY_BYTES: usize = 16 << 20;

/// Where manifests are.
#[derive(Clone, Debug, Args)]
pub struct Files {
    /// A file, a folder (with those below it), or `-` for stdin; may be repeated.
    #[arg(short = 'f', long = "filename", value_name = "FILE|DIR|-")]
    pub files: Vec<String>,
    /// Folders with those below them; this is so anyway, the flag is for habit's sake.
    #[arg(short = 'R', long, hide = true)]
    pub recursive: bool,
}

impl Files {
    /// Itself, unless nothing was named, or not with `-f`.
    pub fn required(&self, misplaced: &[String]) -> Result<&Self> {
        match (misplaced.first(), self.files.is_empty()) {
            (Some(word), _) => {
                Err(usage(format!("`{word}`: files are named with -f; did you mean `-f {word}`?")))
            }
            (None, true) => Err(usage("name what to read, with -f: files, folders, or `-` for stdin")),
            (None, false) => Ok(self),
        }
    }

    /// All resources, without where they were written.
    pub fn read(&self, space: &str) -> Result<Vec<Resource>> {
        Ok(self.documents(space)?.into_iter().map(|document| document.resource).collect())
    }

    /// All resources, in the order of the arguments and, within a folder, of names. All that is wrong in any file is
    /// told at once.
    pub fn documents(&self, space: &str) -> Result<Vec<Document>> {
        let mut found = Vec::new();
        let mut wrong = Vec::new();
        let texts = self.texts()?;
        let bytes: usize = texts.iter().map(|(_, text)| text.len()).sum();
        let _shown = (bytes > MANY_BYTES).then(|| busy::spinner(format!("reading {} MiB", bytes >> 20)));
        for (name, text) in texts {
            match parse::documents(&name, &text, space) {
                Ok(documents) => found.extend(documents),
                Err(errors) => wrong.extend(errors.iter().map(ToString::to_string)),
            }
        }
        wrong.extend(twice(&found));
        if !wrong.is_empty() {
            let what =
                if wrong.len() == 1 { "the input is wrong" } else { "the input is wrong in several places" };
            bail!("{what}; nothing was sent\n{}", wrong.join("\n"));
        }
        if found.is_empty() {
            bail!("there are no resources in {}", self.files.join(", "));
        }
        Ok(found)
    }

    /// Each with its name.
    pub fn texts(&self) -> Result<Vec<(String, String)>> {
        let mut texts = Vec::new();
        for file in &self.files {
            if file == "-" {
                texts.push(("stdin".to_owned(), bounded("stdin", io::stdin().lock(), parse::MAX_BYTES)?));
                continue;
            }
            for path in expand(Path::new(file))? {
                let name = path.display().to_string();
                let opened = fs::File::open(&path).with_context(|| format!("cannot open {name}"))?;
                texts.push((name.clone(), bounded(&name, opened, parse::MAX_BYTES)?));
            }
        }
        Ok(texts)
    }
}

/// A file that is not UTF-8 is named; of one that has more than `most` bytes, one more is read, and no further.
pub fn bounded(name: &str, source: impl io::Read, most: usize) -> Result<String> {
    let mut text = String::new();
    match source.take(most as u64 + 1).read_to_string(&mut text) {
        Ok(_) => Ok(text),
        Err(error) if error.kind() == io::ErrorKind::InvalidData => {
            bail!("{name}: it is not text; save it as UTF-8")
        }
        Err(error) => Err(error).with_context(|| format!("cannot read {name}")),
    }
}

/// The file itself, or the manifests below a folder, sorted.
fn expand(path: &Path) -> Result<Vec<PathBuf>> {
    let what = || format!("cannot read {}", path.display());
    if !fs::metadata(path).with_context(what)?.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut entries = fs::read_dir(path)
        .and_then(|entries| {
            entries.map(|entry| entry.map(|entry| entry.path())).collect::<io::Result<Vec<_>>>()
        })
        .with_context(what)?;
    entries.sort();
    let mut found = Vec::new();
    for entry in entries {
        let is_manifest = entry.extension().is_some_and(|it| EXTENSIONS.iter().any(|known| it == *known));
        // Links to folders are not followed: they can lead in circles.
        let is_folder = fs::symlink_metadata(&entry).with_context(what)?.is_dir();
        if is_folder || is_manifest {
            found.extend(expand(&entry)?);
        }
    }
    Ok(found)
}

/// Of two documents for the same resource one would win by chance.
fn twice(documents: &[Document]) -> Vec<String> {
    let mut seen = BTreeMap::<ResourceKey, &Document>::new();
    let mut wrong = Vec::new();
    for document in documents {
        let Some(first) = seen.insert(document.resource.key(), document) else { continue };
        wrong.push(format!(
            "{}:{}: {} is declared twice; the first is {}:{}, keep one of them",
            document.file,
            document.line,
            crate::kinds::title(&document.resource.key()),
            first.file,
            first.line
        ));
    }
    wrong
}
