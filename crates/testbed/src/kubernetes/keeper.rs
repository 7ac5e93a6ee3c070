//! A directory of a cluster's own and the processes that live in it: stopped and removed when
//! whoever started them is gone, also when that was killed.

use std::fs;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use super::{Unavailable, at, failed};

/// Waits until its input ends, which is when its starter has gone; then ends what was started, the
/// last first, and removes the directory. A program's id is in the directory before it runs.
const KEEPER: &str = r#"
cat > /dev/null
pids=$(ls -t "$1/pids" | while read -r name; do cat "$1/pids/$name"; done)
for pid in $pids; do kill -TERM "$pid" 2> /dev/null; done
n=0
for pid in $pids; do
    while kill -0 "$pid" 2> /dev/null && [ "$n" -lt 60 ]; do sleep 0.05; n=$((n + 1)); done
    kill -KILL "$pid" 2> /dev/null
done
if [ -n "$2" ]; then
    for round in 1 2 3 4 5 6 7 8 9 10; do
        find /sys/fs/cgroup -depth -type d -path "*/$2*" -exec rmdir {} + 2> /dev/null && break
        sleep 0.1
    done
fi
rm -rf "$1"
"#;

/// Writes its own id where the keeper finds it, then becomes the program.
const STARTER: &str = r#"echo "$$" > "$1"; shift; exec "$@""#;

/// The file that says which processes look after a directory: the starter and the keeper.
const OWNERS: &str = "owners";

#[derive(Debug)]
pub(super) struct Keeper {
    directory: PathBuf,
    child: Child,
}

impl Keeper {
    /// A new directory that is kept; `cgroup` is the name of the control group to remove with it.
    pub(super) fn new(prefix: &str, cgroup: bool) -> Result<Self, Unavailable> {
        let directory = TempDir::with_prefix(prefix)
            .map_err(at(&std::env::temp_dir()))?
            .keep();
        let name = directory.file_name().unwrap_or_default().to_owned();
        sweep(&directory, prefix);
        let pids = directory.join("pids");
        fs::create_dir(&pids).map_err(at(&pids))?;
        let mut keeper = Command::new("sh");
        keeper.args(["-c", KEEPER, "keeper"]).arg(&directory);
        keeper.arg(if cgroup { name } else { Default::default() });
        keeper.stdin(Stdio::piped()).stdout(Stdio::null());
        keeper.stderr(Stdio::null()).process_group(0);
        let child = keeper.spawn().map_err(failed("start a shell"))?;
        let owners = format!("{} {}", std::process::id(), child.id());
        super::write(&directory.join(OWNERS), owners)?;
        Ok(Self { directory, child })
    }

    pub(super) fn directory(&self) -> &Path {
        &self.directory
    }

    /// Starts a program that ends with this; what it says is in `NAME.log` of the directory.
    pub(super) fn start(
        &self,
        name: &str,
        program: &Path,
        arguments: &[String],
    ) -> Result<Child, Unavailable> {
        let log = self.log(name);
        let out = fs::File::create(&log).map_err(at(&log))?;
        let err = out.try_clone().map_err(at(&log))?;
        let mut command = Command::new("sh");
        command.args(["-c", STARTER, "starter"]);
        command.arg(self.directory.join("pids").join(name));
        command.arg(program).args(arguments);
        command.stdin(Stdio::null()).stdout(out).stderr(err);
        // A Ctrl-C is for the tests; what they started ends when they have.
        command.process_group(0);
        command.spawn().map_err(failed(&format!("start {name}")))
    }

    pub(super) fn log(&self, name: &str) -> PathBuf {
        self.directory.join(format!("{name}.log"))
    }

    /// The end of what a program has said.
    pub(super) fn last_words(&self, name: &str) -> String {
        let bytes = fs::read(self.log(name)).unwrap_or_default();
        super::tail(String::from_utf8_lossy(&bytes).trim())
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        drop(self.child.wait());
    }
}

/// Ends and removes what others have left behind whose keeper was killed too. What cannot be
/// removed is left: it is in nobody's way.
fn sweep(own: &Path, prefix: &str) {
    let siblings = own.parent().and_then(|parent| fs::read_dir(parent).ok());
    for directory in siblings.into_iter().flatten().flatten().map(|e| e.path()) {
        let name = directory.file_name().unwrap_or_default().to_string_lossy();
        let Ok(owners) = fs::read_to_string(directory.join(OWNERS)) else {
            continue;
        };
        let alive = |pid: &str| Path::new("/proc").join(pid).exists();
        if !name.starts_with(prefix) || owners.split_whitespace().any(alive) {
            continue;
        }
        let place = directory.to_string_lossy();
        for pid in fs::read_dir(directory.join("pids"))
            .into_iter()
            .flatten()
            .flatten()
        {
            let pid = fs::read_to_string(pid.path()).unwrap_or_default();
            // The number may be somebody else's by now; what is ours names its directory.
            let words = fs::read(Path::new("/proc").join(pid.trim()).join("cmdline"));
            if words.is_ok_and(|words| String::from_utf8_lossy(&words).contains(&*place)) {
                drop(Command::new("kill").args(["-KILL", pid.trim()]).status());
            }
        }
        let group = format!("*/{name}*");
        let mut find = Command::new("find");
        find.args(["/sys/fs/cgroup", "-depth", "-type", "d", "-path", &group]);
        drop(find.args(["-exec", "rmdir", "{}", "+"]).output());
        drop(fs::remove_dir_all(&directory));
    }
}
