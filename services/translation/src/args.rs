//! The flags of the service.

/// Renders what placement has decided into one document for each location
#[derive(Clone, Debug, clap::Parser)]
#[command(name = "tributary-translation", version)]
pub struct Args {
    #[command(flatten)]
    pub service: service::Args,
}

impl AsRef<chassis::Args> for Args {
    fn as_ref(&self) -> &chassis::Args {
        self.service.as_ref()
    }
}
