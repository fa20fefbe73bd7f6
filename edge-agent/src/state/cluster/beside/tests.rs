use super::*;

/// What is in use, with how it has come.
#[derive(Default)]
struct World {
    used: BTreeSet<Digest>,
    patches: BTreeMap<Digest, Patch>,
    blobs: Blobs,
}

impl World {
    fn add(&mut self, content: Bytes) -> Digest {
        let digest = Digest::of(&content);
        self.blobs.put(digest, content);
        self.used.insert(digest);
        digest
    }

    /// The next version of what is in use, which has come as a patch; the former one is not in use any more.
    fn change(&mut self, base: Digest, to: &Bytes) -> Digest {
        let patch = wire::content::make_patch(&self.blobs.get(&base).unwrap(), to, usize::MAX).unwrap();
        self.used.remove(&base);
        let digest = self.add(to.clone());
        self.patches.insert(digest, patch);
        digest
    }

    fn choose(&mut self, size: usize, before: &Beside, own: &[Digest]) -> Beside {
        let own = own.iter().map(|digest| (*digest, 1)).collect();
        let patches = self.patches.iter().map(|(digest, patch)| (*digest, patch)).collect();
        let mut in_use = InUse { used: &self.used, patches, blobs: &mut self.blobs };
        choose(&mut in_use, size, before, &own)
    }
}

fn sized(size: usize) -> Bytes {
    vec![1; size].into()
}

/// Large, and another for each version.
fn version(version: u32) -> Bytes {
    let numbers = (0..10_000_u32).flat_map(u32::to_le_bytes);
    numbers.chain(version.to_le_bytes()).collect()
}

fn lengths(sizes: &[usize], document: usize, own: &[usize]) -> Vec<usize> {
    let mut world = World::default();
    sizes.iter().for_each(|size| _ = world.add(sized(*size)));
    let own: Vec<Digest> = own.iter().map(|size| Digest::of(&sized(*size))).collect();
    let mut lengths: Vec<usize> =
        world.choose(document, &Beside::new(), &own).values().map(Kept::len).collect();
    lengths.sort_unstable();
    lengths
}

#[test]
fn what_is_small_and_has_no_secret_of_its_own_goes_beside_the_document() {
    assert_eq!(lengths(&[1, 2, SMALL, SMALL + 1], 10, &[2]), [1, SMALL]);
}

#[test]
fn there_is_no_more_beside_a_document_than_there_is_room() {
    assert_eq!(lengths(&[7, 8], ROOM - 8, &[]).len(), 1);
    assert!(lengths(&[1], ROOM, &[]).is_empty());
    let many: Vec<usize> = (0..20).map(|less| SMALL - less).collect();
    assert_eq!(lengths(&many, 0, &[]).len(), 8);
}

#[test]
fn what_is_there_already_is_not_read_again() {
    let content = Bytes::from_static(b"content");
    let digest = Digest::of(&content);
    let before = Beside::from([(digest, Kept::Whole(content))]);
    let mut world = World { used: [digest].into(), ..World::default() };
    assert_eq!(world.choose(0, &before, &[]), before);
}

#[test]
fn much_that_has_changed_a_little_is_kept_as_its_changes_for_a_while() {
    let mut world = World::default();
    let first = world.add(version(0));
    let (mut newest, mut beside) = (first, Beside::new());
    for number in 1..=LONGEST {
        newest = world.change(newest, &version(u32::try_from(number).unwrap()));
        beside = world.choose(0, &beside, &[first]);
        // The hub tells the last change only.
        world.patches.clear();
        assert_eq!(beside.len(), number);
        assert!(bases(&beside).contains(&first));
    }
    let mut read = Blobs::default();
    read.put(first, version(0));
    unpack(&beside, &mut read);
    assert_eq!(read.get(&newest), Some(version(u32::try_from(LONGEST).unwrap())));

    world.change(newest, &version(u32::MAX));
    assert!(world.choose(0, &beside, &[first]).is_empty());
}

#[test]
fn a_change_of_what_is_not_stored_is_of_no_use() {
    let mut world = World::default();
    let first = world.add(version(0));
    world.change(first, &version(1));
    assert!(world.choose(0, &Beside::new(), &[]).is_empty());
}

#[test]
fn changes_of_what_is_lost_are_lost() {
    let mut world = World::default();
    let first = world.add(version(0));
    let next = world.change(first, &version(1));
    let beside = world.choose(0, &Beside::new(), &[first]);
    let mut read = Blobs::default();
    unpack(&beside, &mut read);
    assert!(beside.contains_key(&next) && !read.contains(&next));
}
