//! The smallest process in the frame: ready at once, ends when asked to. Run by the tests.

use std::process::ExitCode;

use chassis::Args;
use chassis::trace::{Kind, Span};
use prometheus_client::metrics::counter::Counter;

#[derive(Debug, clap::Parser)]
struct Idle {
    #[command(flatten)]
    process: Args,
    /// Ignore the request to end
    #[arg(long)]
    stubborn: bool,
    /// Record so many spans and count them
    #[arg(long, default_value_t = 0)]
    spans: u64,
}

impl AsRef<Args> for Idle {
    fn as_ref(&self) -> &Args {
        &self.process
    }
}

fn main() -> ExitCode {
    chassis::main::<Idle, _, _>("idle", async |args, mut frame| {
        if args.spans > 0 {
            let spans = Counter::<u64>::default();
            frame.registry.register(|r| r.register("idle_spans", "Spans recorded", spans.clone()));
            spans.inc_by(args.spans);
            let parent = Span::begin("all", Kind::Internal, chassis::trace::inherited().as_deref());
            let traceparent = parent.traceparent();
            (1..args.spans).for_each(|_| drop(Span::begin("one", Kind::Internal, traceparent.as_deref())));
            tracing::info!(spans = args.spans, "recorded");
        }
        (frame.ready)(true);
        frame.shutdown.wait_for(|shutdown| *shutdown).await?;
        if args.stubborn {
            std::future::pending::<()>().await;
        }
        Ok(())
    })
}
