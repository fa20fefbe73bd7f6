//! Gates that are conditions over a wave's summary: placement answers them itself.

use expression::{Expression, Scope};
use model::{Gate, RolloutProgress, RolloutSpec};

use crate::rollout::{Ask, Verdict};

/// What such a gate says; `None`: somebody else is to be asked.
pub(super) fn answer(
    ask: &Ask,
    spec: &RolloutSpec,
    progress: &RolloutProgress,
    now_ms: u64,
) -> Option<Verdict> {
    let declared = spec.waves.iter().find(|wave| wave.name == ask.wave)?;
    let Gate { expression: Some(text), .. } = declared.gates.get(ask.gate as usize)? else { return None };
    let wave = progress.waves.iter().find(|wave| wave.name == ask.wave)?;
    let holds = Expression::gate(text).and_then(|gate| gate.holds(&Scope::of_wave(&wave.counts)));
    let (allowed, reason) = match holds {
        Ok(true) => (true, format!("`{text}` holds")),
        Ok(false) => (false, format!("`{text}` does not hold")),
        Err(error) => (false, error.to_string()),
    };
    let Ask { number, wave, gate } = ask.clone();
    Some(Verdict { number, wave, gate, asked_ms: now_ms, allowed, reason })
}
