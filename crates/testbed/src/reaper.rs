//! Ends children whose owner was killed before it could drop them, and removes folders that nobody drops.
//!
//! The kernel's own means (`PR_SET_PDEATHSIG`) needs `unsafe`, and follows the *thread* that spawned. So one small
//! shell per test process holds the list of live children and the reading end of a pipe: when the owner ends,
//! however it ends, the pipe closes and the shell kills the process groups that are still on the list, by id. After
//! that it removes the folders and control groups that it was told of.

use std::io::Write as _;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{ChildStdin, Command, Stdio};
use std::sync::{Mutex, OnceLock, PoisonError};

/// Reads `+ID`, `-ID`, `=FOLDER` and `/CONTROL/GROUP` lines until the pipe closes. `trap` lets it outlive a Ctrl-C at the terminal.
/// (`kill -9 -- -ID`, as POSIX has it, is an error in dash.)
const SCRIPT: &str = r#"
trap '' INT TERM HUP
alive=' '
groups=
set --
while IFS= read -r line; do
  id=${line#?}
  case $line in
    +*) alive="$alive$id " ;;
    -*) case $alive in *" $id "*) alive="${alive%% $id *} ${alive#* $id }" ;; esac ;;
    =*) set -- "$@" "$id" ;;
    /*) groups="$groups $line" ;;
  esac
done
for id in $alive; do kill -9 "-$id"; done
for group in $groups; do
  # It is free a moment after the last of its processes.
  for try in 1 2 3 4 5 6 7 8 9 10; do
    find "$group" -depth -type d -exec rmdir {} \;
    if [ -d "$group" ]; then sleep 0.2; else break; fi
  done
done
[ $# = 0 ] || rm -rf "$@"
"#;

/// A child (the leader of its own process group) was started.
pub(crate) fn started(id: u32) {
    tell(&format!("+{id}\n"));
}

/// A child was waited for: its id may now belong to another process.
pub(crate) fn ended(id: u32) {
    tell(&format!("-{id}\n"));
}

/// A temporary folder of this process goes away with it.
pub(crate) fn folder(path: &Path) {
    tell(&format!("={}\n", path.display()));
}

/// A control group of this process' goes away with it.
pub(crate) fn cgroup(path: &Path) {
    tell(&format!("{}\n", path.display()));
}

fn tell(line: &str) {
    static SHELL: OnceLock<Option<Mutex<ChildStdin>>> = OnceLock::new();
    if let Some(pipe) = SHELL.get_or_init(|| start().ok().map(Mutex::new)) {
        // Without a shell, Drop alone ends the children: that is what matters in all but a killed test.
        pipe.lock().unwrap_or_else(PoisonError::into_inner).write_all(line.as_bytes()).ok();
    }
}

fn start() -> std::io::Result<ChildStdin> {
    let mut shell = Command::new("sh")
        .args(["-c", SCRIPT])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()?;
    shell.stdin.take().ok_or_else(|| std::io::Error::other("no pipe to the reaper"))
}
