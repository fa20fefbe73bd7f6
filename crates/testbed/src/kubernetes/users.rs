//! Who may talk to an API server: a token for each user, and a kubeconfig with it.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};

use super::identity::AUTHORITY;

/// May do everything.
pub(crate) const ADMIN: &str = "admin";

/// Read by the API server when it starts.
pub(crate) const TOKENS: &str = "tokens.csv";

/// The users of one cluster and their tokens, kept in its folder.
#[derive(Debug)]
pub(crate) struct Users {
    folder: PathBuf,
    url: String,
    admin: PathBuf,
    users: BTreeMap<String, User>,
}

#[derive(Debug)]
struct User {
    token: String,
    groups: Vec<String>,
}

impl Users {
    /// The administrator and `others` with their groups. Who had a token in this folder keeps it.
    pub(crate) fn new(folder: &Path, url: &str, others: &[(String, Vec<String>)]) -> anyhow::Result<Users> {
        let admin = (ADMIN.to_owned(), vec!["system:masters".to_owned()]);
        let (mut users, known) = (BTreeMap::new(), tokens(folder));
        for (name, groups) in std::iter::once(&admin).chain(others) {
            ensure!(!name.contains(['/', ',', '"', '\n']), "{name:?} cannot be a user of a token file");
            let token = known.get(name).map_or_else(token, |token| Ok(token.clone()))?;
            users.insert(name.clone(), User { token, groups: groups.clone() });
        }
        let (folder, url) = (folder.to_owned(), url.to_owned());
        let users = Users { admin: kubeconfig(&folder, ADMIN), folder, url, users };
        users.write().map(|()| users)
    }

    /// The kubeconfig of the administrator.
    pub(crate) fn admin(&self) -> &Path {
        &self.admin
    }

    pub(crate) fn token(&self, name: &str) -> anyhow::Result<&str> {
        let user = self.users.get(name);
        let user = user.with_context(|| {
            format!("this cluster has no user {name}: Options::user makes one, before it starts")
        })?;
        Ok(&user.token)
    }

    /// Makes the old token of a user worthless, once the API server has started again.
    pub(crate) fn rotate(&mut self, name: &str) -> anyhow::Result<()> {
        let user = self.users.get_mut(name).with_context(|| format!("this cluster has no user {name}"))?;
        user.token = token()?;
        self.write()
    }

    /// Where the kubeconfig of a user, or one made with [`Users::configure`], is.
    pub(crate) fn kubeconfig(&self, name: &str) -> PathBuf {
        kubeconfig(&self.folder, name)
    }

    fn write(&self) -> anyhow::Result<()> {
        let line = |(name, user): (&String, &User)| {
            format!("{},{name},{name},\"{}\"\n", user.token, user.groups.join(","))
        };
        std::fs::write(self.folder.join(TOKENS), self.users.iter().map(line).collect::<String>())?;
        for (name, user) in &self.users {
            self.configure(name, &self.url, Some(&user.token))?;
        }
        Ok(())
    }

    /// Writes a kubeconfig for a server by another address or a token of another kind.
    pub(crate) fn configure(&self, name: &str, server: &str, token: Option<&str>) -> anyhow::Result<PathBuf> {
        let authority = self.folder.join(AUTHORITY);
        // What is asked for without TLS has no certificate to be checked.
        let trust = if server.starts_with("https:") {
            format!(", certificate-authority: {authority:?}")
        } else {
            String::new()
        };
        let token = token.map(|token| format!("token: {token:?}")).unwrap_or_default();
        let text = format!(
            "apiVersion: v1\nkind: Config\ncurrent-context: testbed\n\
             clusters:\n- name: testbed\n  cluster: {{server: {server:?}{trust}}}\n\
             users:\n- name: {name:?}\n  user: {{{token}}}\n\
             contexts:\n- name: testbed\n  context: {{cluster: testbed, user: {name:?}}}\n"
        );
        let path = self.kubeconfig(name);
        std::fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
        Ok(path)
    }
}

pub(crate) fn kubeconfig(folder: &Path, name: &str) -> PathBuf {
    folder.join(format!("kubeconfig-{name}"))
}

/// What a former life in this folder has given out.
fn tokens(folder: &Path) -> BTreeMap<String, String> {
    let text = std::fs::read_to_string(folder.join(TOKENS)).unwrap_or_default();
    let pairs = text.lines().filter_map(|line| {
        let (token, rest) = line.split_once(',')?;
        Some((rest.split(',').next()?.to_owned(), token.to_owned()))
    });
    pairs.collect()
}

/// A secret one: other users of this machine reach the port too.
fn token() -> anyhow::Result<String> {
    let mut bytes = [0; 16];
    std::fs::File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
