//! The objects of the cluster in memory, with indexes, versions and minted identities.

use std::collections::{BTreeMap, BTreeSet};

use facts::Object;
use model::{Digest, ObjectRef};
use serde_json::{Value, json};

/// Where an object stands.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    pub(super) kind: String,
    pub(super) namespace: String,
    pub(super) name: String,
}

impl Key {
    pub(super) fn new(kind: &str, namespace: &str, name: &str) -> Self {
        Self {
            kind: kind.to_owned(),
            namespace: namespace.to_owned(),
            name: name.to_owned(),
        }
    }

    pub(super) fn of(object: &Object) -> Self {
        Self::new(object.kind(), object.namespace(), object.name())
    }
}

impl From<&ObjectRef> for Key {
    fn from(object: &ObjectRef) -> Self {
        Self::new(&object.kind, &object.namespace, &object.name)
    }
}

/// All objects. Every change of one gives it the next resourceVersion; what is minted (UIDs, names)
/// follows from the cluster's name and a count, so that a replay mints the same.
#[derive(Debug, Clone)]
pub(super) struct Store {
    cluster: String,
    version: u64,
    minted: u64,
    objects: BTreeMap<Key, Object>,
    owned: BTreeMap<String, BTreeSet<Key>>,
    by_uid: BTreeMap<String, Key>,
}

/// The letters of names that controllers make up: no vowels, no look-alikes.
const LETTERS: &[u8; 27] = b"bcdfghjklmnpqrstvwxz2456789";

impl Store {
    pub(super) fn new(cluster: &str) -> Self {
        Self {
            cluster: cluster.to_owned(),
            version: 1000,
            minted: 0,
            objects: BTreeMap::new(),
            owned: BTreeMap::new(),
            by_uid: BTreeMap::new(),
        }
    }

    /// Where the object with a UID stands.
    pub(super) fn place(&self, uid: &str) -> Option<&Key> {
        self.by_uid.get(uid)
    }

    pub(super) fn get(&self, key: &Key) -> Option<&Object> {
        self.objects.get(key)
    }

    /// Objects of a kind by namespace and name, in one namespace or in all.
    pub(super) fn list<'a>(
        &'a self,
        kind: &str,
        namespace: Option<&'a str>,
    ) -> impl Iterator<Item = &'a Object> {
        let from = Key::new(kind, namespace.unwrap_or_default(), "");
        let kind = kind.to_owned();
        self.objects
            .range(from..)
            .take_while(move |(key, _)| {
                key.kind == kind && namespace.is_none_or(|namespace| key.namespace == namespace)
            })
            .map(|(_, object)| object)
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Object> {
        self.objects.values()
    }

    /// Objects of a kind whose controller has this UID, by name.
    pub(super) fn owned<'a>(
        &'a self,
        uid: &str,
        kind: &'a str,
    ) -> impl Iterator<Item = &'a Object> {
        self.owned
            .get(uid)
            .into_iter()
            .flatten()
            .filter(move |key| key.kind == kind)
            .filter_map(|key| self.objects.get(key))
    }

    /// Objects whose controller has this UID, by kind and name.
    pub(super) fn all_owned<'a>(&'a self, uid: &str) -> impl Iterator<Item = &'a Object> {
        let owned = self.owned.get(uid).into_iter().flatten();
        owned.filter_map(|key| self.objects.get(key))
    }

    /// Puts a new object or another state of one there. A state equal to the one there is no change
    /// and gets no new version.
    pub(super) fn put(&mut self, mut object: Object) -> Object {
        let key = Key::of(&object);
        if self.objects.get(&key) == Some(&object) {
            return object;
        }
        self.version += 1;
        object.set(&["metadata", "resourceVersion"], self.version.to_string());
        if let Some(owner) = object.controller() {
            self.owned
                .entry(owner.to_owned())
                .or_default()
                .insert(key.clone());
        }
        self.by_uid.insert(object.uid().to_owned(), key.clone());
        self.objects.insert(key, object.clone());
        object
    }

    pub(super) fn remove(&mut self, key: &Key) {
        let Some(object) = self.objects.remove(key) else {
            return;
        };
        self.version += 1;
        self.by_uid.remove(object.uid());
        if let Some(owner) = object.controller()
            && let Some(keys) = self.owned.get_mut(owner)
        {
            keys.remove(key);
            if keys.is_empty() {
                self.owned.remove(owner);
            }
        }
    }

    /// The next number that everything made up rests on.
    pub(super) const fn mint(&mut self) -> u64 {
        self.minted += 1;
        self.minted
    }

    /// A new UID, in the form of a random UUID.
    pub(super) fn mint_uid(&mut self) -> String {
        let number = self.mint();
        let digest = self.digest("uid", number);
        let hex: String = digest.chars().take(32).collect();
        let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
        format!(
            "{}-{}-4{}-a{}-{}",
            part(0, 8),
            part(8, 12),
            part(13, 16),
            part(17, 20),
            part(20, 32)
        )
    }

    /// A new ending of a name, as controllers make them up.
    pub(super) fn mint_suffix(&mut self) -> String {
        let number = self.mint();
        letters(&self.digest("name", number), 5)
    }

    fn digest(&self, what: &str, number: u64) -> String {
        Digest::of(
            "kintsugi.memory.v1",
            &[
                self.cluster.as_bytes(),
                what.as_bytes(),
                &number.to_be_bytes(),
            ],
        )
        .to_string()
    }
}

/// So many letters of a controller's alphabet, from a text of hexadecimal digits.
pub(super) fn letters(hex: &str, count: usize) -> String {
    hex.as_bytes()
        .chunks_exact(2)
        .take(count)
        .filter_map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
        .filter_map(|byte| LETTERS.get(usize::from(byte) % LETTERS.len()))
        .map(|letter| char::from(*letter))
        .collect()
}

/// Sets a value deep in an object; maps on the way are made where there are none.
pub(super) fn set(value: &mut Value, path: &[&str], new: impl Into<Value>) {
    let Some((first, rest)) = path.split_first() else {
        *value = new.into();
        return;
    };
    if !value.is_object() {
        *value = json!({});
    }
    if let Some(map) = value.as_object_mut() {
        set(
            map.entry((*first).to_owned()).or_insert(Value::Null),
            rest,
            new,
        );
    }
}

/// Takes a value deep in an object away.
pub(super) fn unset(value: &mut Value, path: &[&str]) {
    match path {
        [] => {}
        [last] => {
            if let Some(map) = value.as_object_mut() {
                map.shift_remove(*last);
            }
        }
        [first, rest @ ..] => {
            if let Some(inner) = value.get_mut(*first) {
                unset(inner, rest);
            }
        }
    }
}
