//! What people say to a rollout: one resource that names it, read, changed, and applied on condition that nobody has changed
//! it meanwhile.

use anyhow::{Result, bail};
use model::{
    Digest, Metadata, Resource, Rollout, RolloutControlSpec, RolloutProgress, Spec, Waiting, WavePhase,
};
use wire::api::{self, View};

use super::seen;
use crate::{
    args::Global,
    client::Client,
    command::{
        Outcome,
        apply::{self, How},
        edit,
        sets::NamedSet,
    },
    kinds, output,
    usage::usage,
};

#[derive(Debug)]
pub enum Word {
    Pause,
    Resume,
    Approve(Option<String>),
    Abort,
    Undo(Option<String>),
}

/// Says it to the rollout that is under way.
pub async fn say(global: &Global, placement: &str, word: &Word) -> Result<Outcome> {
    let client = Client::connect(global).await?;
    let told = edit::insist(async || word.say(client.clone(), global, placement).await).await?;
    output::line(format_args!("placement/{placement} {told}"))?;
    Ok(Outcome::Done)
}

/// What has been said to this rollout; nothing, if that was said to another one.
async fn control(
    client: &mut Client,
    global: &Global,
    placement: &str,
    (rollout, progress): (&Rollout, &RolloutProgress),
) -> Result<Resource> {
    let key = kinds::kind("rolloutcontrol")?.key(&global.space, "", placement);
    let request = api::ListRequest {
        space: key.space.clone(),
        group: key.group.clone(),
        kind: key.kind.clone(),
        ..api::ListRequest::default()
    };
    let known = client.list(request).await?.into_iter().find(|it| it.metadata.name == placement);
    let fresh = || RolloutControlSpec {
        placement_uid: rollout.placement_uid.clone(),
        number: rollout.number,
        ..RolloutControlSpec::default()
    };
    let is_about = |spec: &RolloutControlSpec| {
        spec.placement_uid == rollout.placement_uid && (progress.first..=progress.last).contains(&spec.number)
    };
    let (metadata, said) = match known {
        Some(Resource { metadata, spec: Spec::RolloutControl(spec) }) => {
            (metadata, Some(spec).filter(is_about))
        }
        _ => (Metadata { space: key.space, name: key.name, ..Metadata::default() }, None),
    };
    Ok(Resource { metadata, spec: Spec::RolloutControl(said.unwrap_or_else(fresh)) })
}

impl Word {
    /// Says it; what is told of it.
    async fn say(&self, mut client: Client, global: &Global, placement: &str) -> Result<String> {
        let seen = seen::read(&mut client, global, placement).await?;
        let progress = seen.in_waves(placement)?;
        let mut control = control(&mut client, global, placement, (&seen.rollout, progress)).await?;
        let Spec::RolloutControl(spec) = &mut control.spec else {
            bail!("the gateway's answer is of another kind")
        };
        let told = self.write(spec, &seen.rollout, progress)?;
        let how = How { dry_run: false, view: View::Basic, set: NamedSet::default() };
        apply::send(&mut client, &[control], how).await?;
        Ok(told)
    }

    /// Writes it down; what is told of it.
    fn write(
        &self,
        spec: &mut RolloutControlSpec,
        rollout: &Rollout,
        progress: &RolloutProgress,
    ) -> Result<String> {
        Ok(match self {
            Self::Pause => {
                spec.paused = true;
                format!("rollout {} paused", rollout.number)
            }
            Self::Resume => {
                (spec.paused, spec.resumed) = (false, progress.pauses);
                format!("rollout {} resumed", rollout.number)
            }
            Self::Approve(wave) => {
                let wave = approved(wave.as_deref(), progress)?;
                if !spec.approved.contains(&wave) {
                    spec.approved.push(wave.clone());
                }
                format!("wave {wave} of rollout {} approved", rollout.number)
            }
            Self::Abort => {
                spec.aborted = true;
                format!("rollout {} aborted", rollout.number)
            }
            Self::Undo(to) => {
                let release = release(to.as_deref(), rollout, progress)?;
                spec.undo_to = Some(release);
                format!("goes back to release {}", release.short())
            }
        })
    }
}

/// The wave that is named, or that waits for approval.
fn approved(wave: Option<&str>, progress: &RolloutProgress) -> Result<String> {
    let waits =
        |phase: WavePhase| phase == WavePhase::Approving && progress.waiting == Some(Waiting::Approval);
    let found = match wave {
        Some(name) => progress.waves.iter().find(|it| it.name == name),
        None => progress.waves.iter().find(|it| waits(it.phase)),
    };
    let names = || progress.waves.iter().map(|it| it.name.as_str()).collect::<Vec<_>>().join(", ");
    let unfit = || match wave {
        Some(name) => usage(format!("there is no wave {name}; there are {}", names())),
        None => usage(format!(
            "no wave waits for approval now; name one of {} with --wave to approve ahead",
            names()
        )),
    };
    Ok(found.ok_or_else(unfit)?.name.clone())
}

/// The release of a rollout, or of the beginning of its digest; the newest that is not the present one.
fn release(to: Option<&str>, rollout: &Rollout, progress: &RolloutProgress) -> Result<Digest> {
    let earlier = progress.releases.iter().rev().filter(|it| it.release != rollout.release);
    let mut fitting = earlier.filter(|it| match to {
        None => true,
        Some(to) => it.number.to_string() == to || (to.len() >= 6 && it.release.to_string().starts_with(to)),
    });
    let unfit = || match to {
        None => usage("there is no earlier release to go back to"),
        Some(to) => {
            usage(format!("no earlier release is {to}; `tributary rollout history` tells which there are"))
        }
    };
    Ok(fitting.next().ok_or_else(unfit)?.release)
}

#[cfg(test)]
mod tests {
    use model::{PastRelease, WaveProgress};

    use super::*;

    fn rollout() -> (Rollout, RolloutProgress) {
        let past = |number, text: &str| PastRelease { number, release: Digest::of(text.as_bytes()), time: 0 };
        let wave = |name: &str, phase| WaveProgress { name: name.into(), phase, ..WaveProgress::default() };
        let progress = RolloutProgress {
            pauses: 2,
            waiting: Some(Waiting::Approval),
            waves: vec![wave("canary", WavePhase::Approving), wave("rest", WavePhase::Waiting)],
            releases: vec![past(1, "a"), past(3, "b")],
            ..RolloutProgress::default()
        };
        (Rollout { number: 5, release: Digest::of(b"c"), ..Rollout::default() }, progress)
    }

    fn written(word: &Word) -> Result<RolloutControlSpec> {
        let (rollout, progress) = rollout();
        let mut spec = RolloutControlSpec::default();
        word.write(&mut spec, &rollout, &progress).map(|_| spec)
    }

    #[test]
    fn the_wave_that_waits_is_approved_unless_another_one_is_named() {
        assert_eq!(written(&Word::Approve(None)).unwrap().approved, ["canary"]);
        assert_eq!(written(&Word::Approve(Some("rest".into()))).unwrap().approved, ["rest"]);
        let error = written(&Word::Approve(Some("x".into()))).unwrap_err();
        assert!(error.to_string().contains("there are canary, rest"), "{error}");
    }

    #[test]
    fn resuming_lifts_all_pauses_that_there_have_been() {
        let spec = written(&Word::Resume).unwrap();
        assert_eq!((spec.paused, spec.resumed), (false, 2));
    }

    #[test]
    fn undo_takes_the_release_before_or_the_one_that_is_named() {
        let to =
            |to: Option<&str>| written(&Word::Undo(to.map(str::to_owned))).map(|spec| spec.undo_to.unwrap());
        let (a, b) = (Digest::of(b"a"), Digest::of(b"b"));
        assert_eq!((to(None).unwrap(), to(Some("1")).unwrap()), (b, a));
        assert_eq!(to(Some(&a.to_string()[..8])).unwrap(), a);
        assert!(to(Some("7")).unwrap_err().to_string().contains("history"));
    }
}
