//! The flags of the service.

/// Decides which objects go to which locations
#[derive(Clone, Debug, clap::Parser)]
#[command(name = "tributary-placement", version)]
pub struct Args {
    #[command(flatten)]
    pub service: service::Args,
}

impl AsRef<chassis::Args> for Args {
    fn as_ref(&self) -> &chassis::Args {
        self.service.as_ref()
    }
}
