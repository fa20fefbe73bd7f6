//! The terminal that stdout may be.

use std::io::{self, IsTerminal as _};

/// Columns and lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    pub width: u16,
    pub height: u16,
}

/// What terminals had before they could say; some, as in recordings, say zero.
const USUAL: Size = Size { width: 80, height: 24 };

/// Its size now; `None`: stdout is a file or a pipe, where nothing needs to fit.
pub fn size() -> Option<Size> {
    if !io::stdout().is_terminal() {
        return None;
    }
    let size = rustix::termios::tcgetwinsize(io::stdout()).ok();
    let known = size.filter(|size| size.ws_col > 0 && size.ws_row > 0);
    Some(known.map_or(USUAL, |size| Size { width: size.ws_col, height: size.ws_row }))
}
