//! What each location was last declared as.

use super::is_mover;

/// By number, the generation in which each location is declared: what the truth has to say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Generations {
    of: Vec<u64>,
    /// The next one that is moved on.
    next: usize,
}

impl Generations {
    /// All are declared for the first time.
    pub fn new(locations: u32) -> Self {
        Self { of: vec![0; locations as usize], next: 0 }
    }

    pub fn of(&self, number: u32) -> u64 {
        self.of.get(number as usize).copied().unwrap_or_default()
    }

    /// Moves so many on, in turn, each at most once; their numbers, and what they are now.
    pub fn advance(&mut self, count: usize) -> Vec<(u32, u64)> {
        let count = count.min(self.of.len());
        let numbers: Vec<usize> = (0..count).map(|n| (self.next + n) % self.of.len()).collect();
        self.next = (self.next + count) % self.of.len().max(1);
        numbers.into_iter().map(|number| self.raise(number)).collect()
    }

    /// Moves those on that are not where they were at first.
    pub fn home(&mut self) -> Vec<(u32, u64)> {
        let away = |number: &usize| is_mover(as_number(*number)) && self.of[*number] % 2 == 1;
        let away: Vec<usize> = (0..self.of.len()).filter(away).collect();
        away.into_iter().map(|number| self.raise(number)).collect()
    }

    fn raise(&mut self, number: usize) -> (u32, u64) {
        self.of[number] += 1;
        (as_number(number), self.of[number])
    }
}

fn as_number(number: usize) -> u32 {
    u32::try_from(number).expect("there are as many as a u32 has said")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locations_move_on_in_turn() {
        let mut generations = Generations::new(3);
        assert_eq!(generations.advance(2), [(0, 1), (1, 1)]);
        assert_eq!(generations.advance(2), [(2, 1), (0, 2)]);
        assert_eq!(generations.advance(9).len(), 3);
        assert_eq!([generations.of(0), generations.of(1)], [3, 2]);
    }

    #[test]
    fn who_moves_comes_home() {
        let mut generations = Generations::new(60);
        generations.advance(60);
        assert_eq!(generations.home(), [(50, 2)]);
        assert!(generations.home().is_empty());
    }
}
