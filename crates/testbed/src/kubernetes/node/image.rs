//! Images without a registry: archives with one layer, as `docker save` writes them.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail, ensure};
use sha2::{Digest as _, Sha256};

use super::configuration::PAUSE;

/// Anybody but root: pods that must not run as root say so, and those that must say that too (`runAsUser: 0`).
const USER: &str = "65534:65534";

const BLOCK: usize = 512;

/// One static program, FROM scratch.
#[derive(Debug, Clone)]
pub struct Image {
    names: Vec<String>,
    program: PathBuf,
    args: Vec<String>,
}

impl Image {
    /// An image called `name`, with a registry and a tag (`tributary.example/agent:1`), that runs a program of this
    /// machine. It has to be static, as all binaries of this workspace and the pinned tools are: the image has
    /// nothing else.
    pub fn new(name: &str, program: &Path) -> Image {
        Image { names: vec![name.to_owned()], program: program.to_owned(), args: Vec::new() }
    }

    /// What plays a service that is not there: listens on these ports of every address, and answers all with 200.
    pub fn stand_in(name: &str, ports: &[u16]) -> anyhow::Result<Image> {
        let args = ports.iter().map(ToString::to_string).collect();
        Ok(Image { args, ..Image::new(name, &program("stand_in")?) })
    }

    /// Gives the same image another name.
    pub fn also(mut self, name: &str) -> Image {
        self.names.push(name.to_owned());
        self
    }

    /// Holds the namespaces of a pod: listens to nothing, and ends when it is told to.
    pub(super) fn pause() -> anyhow::Result<Image> {
        Image::stand_in(PAUSE, &[])
    }

    pub(super) fn write(&self, file: &File) -> anyhow::Result<()> {
        let content = std::fs::read(&self.program);
        let content = content.with_context(|| format!("cannot read {}", self.program.display()))?;
        let name = self.program.file_name().and_then(|name| name.to_str()).context("a program has a name")?;
        let mut layer = Vec::new();
        entry(&mut layer, name, 0o755, &content)?;
        end(&mut layer)?;
        let config = self.config(name, &hash(&layer));
        let manifest = format!(
            "[{{\"Config\":\"config.json\",\"RepoTags\":{:?},\"Layers\":[\"layer.tar\"]}}]",
            self.names
        );
        let mut archive = BufWriter::new(file);
        for (name, content) in [
            ("config.json", config.as_bytes()),
            ("layer.tar", &layer),
            ("manifest.json", manifest.as_bytes()),
        ] {
            entry(&mut archive, name, 0o644, content)?;
        }
        end(&mut archive)?;
        Ok(archive.flush()?)
    }

    fn config(&self, program: &str, layer: &str) -> String {
        let arch = match std::env::consts::ARCH {
            "x86_64" => "amd64",
            "aarch64" => "arm64",
            other => other,
        };
        format!(
            "{{\"architecture\":\"{arch}\",\"os\":\"linux\",\
             \"config\":{{\"User\":\"{USER}\",\"Entrypoint\":[\"/{program}\"],\"Cmd\":{:?}}},\
             \"rootfs\":{{\"type\":\"layers\",\"diff_ids\":[\"sha256:{layer}\"]}}}}",
            self.args
        )
    }
}

/// An example of this crate, where Cargo puts it: beside the tests' folder, below the binaries'.
fn program(name: &str) -> anyhow::Result<PathBuf> {
    let me = std::env::current_exe().context("cannot tell where this program is")?;
    let folders = me.ancestors().skip(1).take(2);
    let found = folders.map(|folder| folder.join("examples").join(name)).find(|path| path.is_file());
    found.with_context(|| {
        format!(
            "{name} is not built (looked beside {}): cargo build --release --examples -p testbed",
            me.display()
        )
    })
}

fn hash(content: &[u8]) -> String {
    Sha256::digest(content).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A file in an archive, as POSIX has them.
fn entry(archive: &mut impl Write, name: &str, mode: u32, content: &[u8]) -> anyhow::Result<()> {
    let mut header = [0; BLOCK];
    let mut put = |at: usize, text: &str| -> anyhow::Result<()> {
        let Some(place) = header.get_mut(at..at + text.len()) else { bail!("{text} is too long") };
        place.copy_from_slice(text.as_bytes());
        Ok(())
    };
    ensure!(name.len() < 100, "{name} is too long a name");
    put(0, name)?;
    put(100, &format!("{mode:07o}"))?;
    put(108, "0000000")?;
    put(116, "0000000")?;
    put(124, &format!("{:011o}", content.len()))?;
    put(136, "00000000000")?;
    // The sum is made with spaces in its own place.
    put(148, "        ")?;
    put(156, "0")?;
    put(257, "ustar\u{0}00")?;
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\u{0} ").as_bytes());
    archive.write_all(&header)?;
    archive.write_all(content)?;
    let rest = content.len().next_multiple_of(BLOCK) - content.len();
    Ok(archive.write_all(&[0; BLOCK][..rest])?)
}

fn end(archive: &mut impl Write) -> std::io::Result<()> {
    archive.write_all(&[0; 2 * BLOCK])
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn an_archive_is_one_that_tar_reads() {
        let folder = tempfile::tempdir().unwrap();
        let (program, archive) = (folder.path().join("program"), folder.path().join("image.tar"));
        std::fs::write(&program, "x".repeat(1000)).unwrap();
        let image = Image::new("example/one:1", &program).also("example/two:1");
        image.write(&File::create(&archive).unwrap()).unwrap();
        let extract = |archive: &Path| {
            Command::new("tar").arg("xf").arg(archive).current_dir(folder.path()).status().unwrap()
        };
        std::fs::remove_file(&program).unwrap();
        assert!(extract(&archive).success());
        let manifest = std::fs::read_to_string(folder.path().join("manifest.json")).unwrap();
        assert!(manifest.contains(r#"["example/one:1", "example/two:1"]"#), "{manifest}");
        assert!(extract(&folder.path().join("layer.tar")).success());
        assert_eq!(std::fs::read_to_string(&program).unwrap(), "x".repeat(1000));
    }
}
