//! What was remembered for placements that do not ask for it any more.

use std::collections::BTreeSet;

use model::{ScoreBy, Where};

use super::View;

impl View {
    /// Forgets it, if any placement has been declared anew.
    pub(crate) fn tidy(&mut self) {
        if !std::mem::take(&mut self.is_untidy) {
            return;
        }
        let declared = self.placements.values().filter_map(|state| state.declared.as_ref());
        let asked: Vec<&Where> = declared.map(|declared| &declared.spec.where_).collect();
        let texts: BTreeSet<&str> = asked.iter().map(|it| it.expression.as_str()).collect();
        self.answers.retain(&texts);
        let prioritizers = asked.iter().flat_map(|it| &it.prioritizers);
        self.inventory.columns.retain(&prioritizers.filter_map(|it| ScoreBy::parse(&it.name)).collect());
    }
}
