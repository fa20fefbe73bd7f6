//! A process that a test or the demo owns.

use std::fs::File;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use anyhow::{Context as _, bail};
use rustix::process::{Pid, Signal, kill_process, kill_process_group};

use crate::eventually::eventually;
use crate::output::Output;
use crate::reaper;

/// Lines that are printed when the owner panics.
const SHOWN: usize = 60;

/// A running (or ended) process, with what it printed. Killed when dropped.
#[derive(Debug)]
pub struct Process {
    name: String,
    command: Command,
    copy: Option<PathBuf>,
    child: Option<Child>,
    output: Output,
}

/// Where Cargo put a binary of this workspace: beside the running test or driver.
pub fn binary(name: &str) -> anyhow::Result<PathBuf> {
    let me = std::env::current_exe().context("cannot tell where this program is")?;
    // A test lives in `deps`, its workspace's binaries one folder up; a binary lives beside the others.
    let found = me.ancestors().skip(1).take(2).map(|dir| dir.join(name)).find(|path| path.is_file());
    found.with_context(|| {
        format!(
            "{name} is not built (looked beside {}): run `cargo build --release` first, as ./test does",
            me.display()
        )
    })
}

impl Process {
    /// Starts a binary of this workspace.
    pub fn start<S: AsRef<std::ffi::OsStr>>(
        name: &str,
        args: impl IntoIterator<Item = S>,
    ) -> anyhow::Result<Process> {
        let mut command = Command::new(binary(name)?);
        command.args(args);
        Process::spawn(name, command, None)
    }

    /// Starts any command, called `name` in messages. Its output is also appended to `copy`.
    pub fn spawn(name: &str, command: Command, copy: Option<&Path>) -> anyhow::Result<Process> {
        let copy = copy.map(Path::to_owned);
        let mut process =
            Process { name: name.to_owned(), command, copy, child: None, output: Output::new() };
        process.restart()?;
        Ok(process)
    }

    /// Starts it again with the same arguments; kills it first if it runs.
    pub fn restart(&mut self) -> anyhow::Result<()> {
        self.kill();
        self.output.clear();
        let (reader, writer) = std::io::pipe()?;
        let copy = self
            .copy
            .as_ref()
            .map(|path| File::options().create(true).append(true).open(path))
            .transpose()?;
        let child = self
            .command
            .stdin(Stdio::null())
            .stdout(writer.try_clone()?)
            .stderr(writer)
            .process_group(0)
            .spawn()
            .with_context(|| format!("cannot start {}: {:?}", self.name, self.command.get_program()))?;
        // The command keeps its ends of the pipe, which would hide that the child has closed its own.
        self.command.stdout(Stdio::null()).stderr(Stdio::null());
        reaper::started(child.id());
        self.child = Some(child);
        self.output.follow(reader, copy);
        Ok(())
    }

    /// What it is called in messages.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The arguments of the next start.
    pub fn command(&mut self) -> &mut Command {
        &mut self.command
    }

    /// Its id while it runs.
    pub fn id(&self) -> Option<u32> {
        self.child.as_ref().map(Child::id)
    }

    /// `kill -9`, and waits until it is gone.
    pub fn kill(&mut self) {
        let Some(mut child) = self.child.take() else { return };
        if let Ok(Some(_)) = child.try_wait() {
            return reaper::ended(child.id());
        }
        // It is our child and not yet waited for: the id is still its own.
        signal_group(&child, Signal::KILL);
        child.wait().ok();
        reaper::ended(child.id());
    }

    /// SIGTERM; returns how it ended, or an error when it has not ended within `timeout`.
    pub async fn terminate(&mut self, timeout: Duration) -> anyhow::Result<ExitStatus> {
        self.signal(Signal::TERM)?;
        self.ended(timeout).await
    }

    /// Stops its execution (SIGSTOP): a process that hangs, while its connections stay open.
    pub fn freeze(&mut self) -> anyhow::Result<()> {
        self.signal(Signal::STOP)
    }

    /// Goes on after [`Process::freeze`].
    pub fn thaw(&mut self) -> anyhow::Result<()> {
        self.signal(Signal::CONT)
    }

    fn signal(&mut self, signal: Signal) -> anyhow::Result<()> {
        let child = self.child.as_ref().with_context(|| format!("{} does not run", self.name))?;
        kill_process(pid(child), signal).with_context(|| format!("cannot signal {}", self.name))
    }

    /// Waits for its end.
    pub async fn ended(&mut self, timeout: Duration) -> anyhow::Result<ExitStatus> {
        let what = format!("{} ends", self.name);
        let status = eventually(&what, timeout, async || match self.status() {
            Ok(Some(status)) => Ok(status),
            Ok(None) => Err(format!("it runs; its last output:\n{}", self.output(20))),
            Err(error) => Err(format!("{error:#}")),
        });
        status.await
    }

    /// How it ended, if it has.
    pub fn status(&mut self) -> anyhow::Result<Option<ExitStatus>> {
        let Some(child) = self.child.as_mut() else { bail!("{} was not started", self.name) };
        let status = child.try_wait()?;
        if status.is_some() {
            reaper::ended(child.id());
        }
        Ok(status)
    }

    /// Its last `n` lines, standard output and standard error in the order in which they were written.
    pub fn output(&self, n: usize) -> String {
        self.output.tail(n)
    }

    /// Waits for a line of this life that contains `text`.
    pub async fn line(&self, text: &str, timeout: Duration) -> anyhow::Result<String> {
        let found = self.output.wait(timeout, |line| line.contains(text).then(|| line.to_owned())).await;
        found.with_context(|| format!("{} does not say {text:?}", self.name))
    }

    /// Waits for a log field of this life (`admin=127.0.0.1:40123`) and returns its value.
    pub async fn field(&self, field: &str, timeout: Duration) -> anyhow::Result<String> {
        let found = self.output.wait(timeout, |line| value(line, field).map(str::to_owned)).await;
        found.with_context(|| format!("{} does not log {field}", self.name))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.show();
        }
        self.kill();
    }
}

impl Process {
    #[expect(clippy::print_stderr, reason = "a failing test shows what its processes said")]
    fn show(&mut self) {
        let state = match self.status() {
            Ok(Some(status)) => status.signal().map_or_else(|| status.to_string(), |s| format!("signal {s}")),
            Ok(None) => "running".to_owned(),
            Err(_) => "killed".to_owned(),
        };
        eprintln!("---- {} ({state}), its last output:\n{}----", self.name, self.output(SHOWN));
    }
}

fn value<'a>(line: &'a str, field: &str) -> Option<&'a str> {
    line.split_whitespace().find_map(|word| word.strip_prefix(field)?.strip_prefix('='))
}

fn pid(child: &Child) -> Pid {
    Pid::from_child(child)
}

fn signal_group(child: &Child, signal: Signal) {
    // It leads its group since the start (`process_group(0)`); gone already is as good.
    kill_process_group(pid(child), signal).ok();
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOON: Duration = Duration::from_secs(10);

    fn shell(script: &str) -> Process {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        Process::spawn("shell", command, None).unwrap()
    }

    #[tokio::test]
    async fn a_line_and_a_field_are_found_in_either_output() {
        let process = shell("echo out; echo 'INFO started admin=127.0.0.1:9 x=1' >&2; sleep 60");
        assert_eq!(process.line("out", SOON).await.unwrap(), "out");
        assert_eq!(process.field("admin", SOON).await.unwrap(), "127.0.0.1:9");
    }

    #[tokio::test]
    async fn killing_takes_the_children_of_the_child_along() {
        let mut process = shell("sleep 600 & echo child=$!; wait");
        let child = process.field("child", SOON).await.unwrap();
        process.kill();
        let gone = eventually("the grandchild is gone", SOON, async || {
            let stat = std::fs::read_to_string(format!("/proc/{child}/stat")).unwrap_or_default();
            if stat.is_empty() || stat.contains(") Z ") { Ok(()) } else { Err(stat) }
        });
        gone.await.unwrap();
    }

    #[tokio::test]
    async fn a_restart_forgets_what_the_former_life_said() {
        let mut process = shell("echo life=$$; sleep 60");
        let first = process.field("life", SOON).await.unwrap();
        process.restart().unwrap();
        assert_ne!(process.field("life", SOON).await.unwrap(), first);
    }

    #[tokio::test]
    async fn how_a_process_ended_is_told() {
        let mut process = shell("trap 'exit 7' TERM; echo ready; while :; do sleep 0.01; done");
        process.line("ready", SOON).await.unwrap();
        assert_eq!(process.terminate(SOON).await.unwrap().code(), Some(7));
    }
}
