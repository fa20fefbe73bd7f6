//! The smallest process in the frame: ready at once, ends when asked to. Run by `tests/process.rs`.

use std::process::ExitCode;

use chassis::Args;

#[derive(Debug, clap::Parser)]
struct Idle {
    #[command(flatten)]
    process: Args,
    /// Ignore the request to end
    #[arg(long)]
    stubborn: bool,
}

impl AsRef<Args> for Idle {
    fn as_ref(&self) -> &Args {
        &self.process
    }
}

fn main() -> ExitCode {
    chassis::main::<Idle, _, _>("idle", async |args, mut frame| {
        (frame.ready)(true);
        frame.shutdown.wait_for(|shutdown| *shutdown).await?;
        if args.stubborn {
            std::future::pending::<()>().await;
        }
        Ok(())
    })
}
