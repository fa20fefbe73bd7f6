//! The live views, on a terminal and on a pipe.

use std::ffi::OsStr;
use std::fs::File;
use std::io::Read as _;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt as _;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};
use testbed::{binary, eventually};

use crate::fleet::{Fleet, SOON, placement, settings};
use crate::rollout::in_waves;

const WIDTH: u16 = 70;
const HEIGHT: u16 = 15;
/// What begins each picture.
const HOME: &str = "\x1b[H";

/// A terminal of which everything that was written is kept.
struct Terminal {
    written: Arc<Mutex<Vec<u8>>>,
    user: File,
}

impl Terminal {
    fn open() -> Self {
        let controller = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&controller).unwrap();
        unlockpt(&controller).unwrap();
        let name = ptsname(&controller, Vec::new()).unwrap();
        let user = File::options().read(true).write(true).open(OsStr::from_bytes(name.as_bytes())).unwrap();
        tcsetwinsize(&user, Winsize { ws_row: HEIGHT, ws_col: WIDTH, ws_xpixel: 0, ws_ypixel: 0 }).unwrap();
        let written = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&written);
        std::thread::spawn(move || keep(controller, &kept));
        Self { written, user }
    }

    /// The CLI, on this terminal.
    fn start(&self, fleet: &Fleet, args: &[&str]) -> Child {
        let mut command = Command::new(binary("tributary").unwrap());
        command.args(args).env("TRIBUTARY_ADDRESS", fleet.address()).stdin(Stdio::null());
        let user = || self.user.try_clone().unwrap();
        command.stdout(user()).stderr(user()).spawn().unwrap()
    }

    /// Waits until it ends well.
    async fn ends(&self, mut child: Child) {
        let ended = eventually("the view ends", SOON, async || child.try_wait().unwrap().ok_or("it runs"));
        assert_eq!(ended.await.unwrap().code(), Some(0), "{}", self.text());
    }

    /// No picture is higher than the terminal.
    fn has_fitted(&self) {
        for picture in self.text().split(HOME) {
            assert!(picture.matches("\r\n").count() <= usize::from(HEIGHT), "{picture}");
        }
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.written.lock().unwrap()).into_owned()
    }

    /// Waits until the newest picture, or what was written after it, says so.
    async fn shows(&self, what: &str) {
        let title = format!("the terminal shows {what}");
        let shown = eventually(&title, SOON, async || {
            let text = self.text();
            let newest = text.rsplit(HOME).next().unwrap_or_default();
            if newest.contains(what) { Ok(()) } else { Err(newest.to_owned()) }
        });
        shown.await.unwrap();
    }
}

/// Ends when nobody has the terminal open any more.
fn keep(controller: OwnedFd, written: &Mutex<Vec<u8>>) {
    let mut controller = File::from(controller);
    let mut buffer = [0; 4096];
    while let Ok(count @ 1..) = controller.read(&mut buffer) {
        written.lock().unwrap().extend_from_slice(&buffer[..count]);
    }
}

#[tokio::test]
async fn the_live_view_moves_fits_the_terminal_and_ends_with_the_placement() {
    let fleet = Fleet::start().await;
    fleet.apply(&[settings("prices", "1"), placement("shop", "shop")].join("\n---\n"));
    fleet.healthy("shop");
    let terminal = Terminal::open();
    let watch = terminal.start(&fleet, &["watch", "placement/shop"]);
    terminal.shows("rollout 1: 3/3 updated, 3 healthy").await;
    fleet.apply(&settings("prices", "2"));
    terminal.shows("rollout 2: 3/3 updated, 3 healthy").await;
    for part in ["(all)", "eu", "us", "####"] {
        terminal.shows(part).await;
    }
    fleet.succeed(&["delete", "placement", "shop"]);
    terminal.ends(watch).await;
    terminal.shows("placement/shop is gone").await;
    terminal.has_fitted();
}

#[tokio::test]
async fn a_rollout_is_followed_until_it_has_ended() {
    let fleet = Fleet::start().await;
    fleet.apply(&[settings("prices", "1"), placement("shop", "shop")].join("\n---\n"));
    // What goes everywhere at once is one wave. It is told as it is after the last change, however soon that is.
    let follow = ["rollout", "status", "placement/shop", "--watch"];
    let told = fleet.succeed(&follow);
    let last = told.lines().last().unwrap_or_default();
    assert!(last.starts_with("everywhere 3/3; rollout 1") && last.ends_with(": completed"), "{told}");

    fleet.apply(&[settings("prices", "2"), in_waves("shop", "shop")].join("\n---\n"));
    let terminal = Terminal::open();
    let watch = terminal.start(&fleet, &follow);
    terminal.shows("waits for `tributary rollout").await;
    for part in ["canary", "Approv", "(all)", "####", "1 healthy, 2 to go"] {
        terminal.shows(part).await;
    }
    fleet.succeed(&["rollout", "approve", "placement/shop"]);
    terminal.ends(watch).await;
    terminal.shows("completed").await;
    terminal.has_fitted();

    fleet.apply(&settings("prices", "3"));
    fleet.succeed(&["rollout", "pause", "placement/shop"]);
    let paused = fleet.run(&[&follow[..], &["-o", "yaml"]].concat());
    let told = String::from_utf8_lossy(&paused.stdout);
    assert_eq!(paused.status.code(), Some(1), "{told}");
    assert!(told.starts_with("---\n") && told.contains("paused: by `tributary rollout pause`"), "{told}");
}
