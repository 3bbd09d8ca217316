//! Settings of the kernel's network (/proc/sys/net), put back at the end.
//!
//! What was changed is kept in a file, so that the next process puts it back when this one dies. All services
//! of a process keep it in the same file; two processes must not change settings of one host at once.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

/// Where the settings are; the kernel shows those of the reader's network namespace.
const ROOT: &str = "/proc/sys/net";
/// A text that is another one after each start of the host.
const BOOT: &str = "/proc/sys/kernel/random/boot_id";

/// What both nodes must have alike, because a connection begun on one goes on on the other.
const TCP_SETTINGS: [&str; 9] = [
    "ipv4/tcp_timestamps",
    "ipv4/tcp_sack",
    "ipv4/tcp_window_scaling",
    "ipv4/tcp_ecn",
    "ipv4/tcp_rmem",
    "ipv4/tcp_wmem",
    "ipv4/tcp_moderate_rcvbuf",
    "ipv4/tcp_adv_win_scale",
    "core/rmem_max",
];

/// What this process has changed, by the file where it is noted, for as long as one of its services needs
/// it. The lock is held while a file is read first and removed last.
static NOTED: Mutex<BTreeMap<PathBuf, Weak<Mutex<Changes>>>> = Mutex::new(BTreeMap::new());

/// Settings that this process has changed. Services of a process that name the same file share them: the
/// last that leaves puts them back. Dropped instead, they stay changed and noted.
#[derive(Debug)]
pub struct Sysctls(Arc<Mutex<Changes>>);

impl Sysctls {
    /// Puts back what a former process left in `file`, and keeps our own changes there.
    pub fn open(file: Option<PathBuf>) -> io::Result<Self> {
        let Some(path) = file else {
            return Ok(Sysctls(Arc::default()));
        };
        let mut noted = locked(&NOTED);
        if let Some(shared) = noted.get(&path).and_then(Weak::upgrade) {
            return Ok(Sysctls(shared));
        }
        let mut changes = Changes {
            former: left_over(&path)?,
            file: Some(path.clone()),
        };
        changes.put_back()?;
        let shared = Arc::new(Mutex::new(changes));
        noted.insert(path, Arc::downgrade(&shared));
        Ok(Sysctls(shared))
    }

    /// Gives the setting `name` (below net, with slashes: an interface's name may have dots) a value.
    pub fn set(&self, name: &str, value: &str) -> io::Result<()> {
        locked(&self.0).set(name, value)
    }

    /// Puts all back, the last change first, unless another service needs it still.
    pub fn leave(self) -> io::Result<()> {
        let _noted = locked(&NOTED);
        match Arc::into_inner(self.0) {
            Some(changes) => changes
                .into_inner()
                .unwrap_or_else(PoisonError::into_inner)
                .put_back(),
            None => Ok(()),
        }
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[derive(Debug, Default)]
struct Changes {
    file: Option<PathBuf>,
    /// Names and former values, in the order of the changes.
    former: Vec<(String, String)>,
}

impl Changes {
    fn set(&mut self, name: &str, value: &str) -> io::Result<()> {
        let former = read(name)?;
        if former == value {
            return Ok(());
        }
        if !self.former.iter().any(|(changed, _)| changed == name) {
            self.former.push((name.into(), former));
            // First the note, then the change: a process that dies between them has lost nothing.
            self.keep()?;
        }
        write(name, value)
    }

    fn put_back(&mut self) -> io::Result<()> {
        while let Some((name, value)) = self.former.last() {
            match write(name, value) {
                // The interface is gone, and its settings with it.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                other => other?,
            }
            self.former.pop();
        }
        match self.file.as_deref().map(std::fs::remove_file) {
            Some(Err(error)) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    fn keep(&self) -> io::Result<()> {
        let Some(file) = &self.file else {
            return Ok(());
        };
        let mut text = boot()?;
        for (name, value) in &self.former {
            text.push_str(&format!("\n{name} {value}"));
        }
        std::fs::write(file, text).map_err(|error| {
            let text = format!(
                "cannot note changed settings in {}: {error}; give a file that can be written",
                file.display()
            );
            io::Error::new(error.kind(), text)
        })
    }
}

/// The value of the setting `name` (below net, with slashes).
pub fn read(name: &str) -> io::Result<String> {
    let text = std::fs::read_to_string(Path::new(ROOT).join(name));
    let text = text.map_err(|error| explain("read", name, &error))?;
    // Several numbers are separated by tabs.
    Ok(text.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// The settings of TCP on this host, to be compared with those of the other node; a setting that
/// this kernel does not have is not there.
pub fn tcp_fingerprint() -> Vec<(&'static str, String)> {
    let value = |name| read(name).ok().map(|value| (name, value));
    TCP_SETTINGS.into_iter().filter_map(value).collect()
}

fn write(name: &str, value: &str) -> io::Result<()> {
    std::fs::write(Path::new(ROOT).join(name), value)
        .map_err(|error| explain("change", name, &error))
}

fn explain(verb: &str, name: &str, error: &io::Error) -> io::Error {
    let setting = name.replace('.', "~").replace('/', ".").replace('~', "/");
    io::Error::new(
        error.kind(),
        format!("cannot {verb} the setting net.{setting}: {error}"),
    )
}

fn boot() -> io::Result<String> {
    Ok(std::fs::read_to_string(BOOT)?.trim().into())
}

/// What a process that died has left in `file`; nothing if the host was started since.
fn left_over(file: &Path) -> io::Result<Vec<(String, String)>> {
    let text = match std::fs::read_to_string(file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        text => text?,
    };
    let mut lines = text.lines();
    if lines.next() != Some(&boot()?) {
        return Ok(Vec::new());
    }
    let setting = |line: &str| {
        line.split_once(' ')
            .map(|(name, value)| (name.into(), value.into()))
    };
    Ok(lines.filter_map(setting).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noted(name: &str, text: &str) -> Vec<(String, String)> {
        let file = std::env::temp_dir().join(format!("sysctl-{}-{name}", std::process::id()));
        std::fs::write(&file, text).expect("it can be written");
        let found = left_over(&file).expect("it can be read");
        std::fs::remove_file(&file).expect("it is there");
        found
    }

    #[test]
    fn a_note_counts_until_the_host_is_started_anew() {
        let boot = boot().expect("Linux has it");
        let setting = (
            "ipv4/tcp_rmem".to_string(),
            "4096 131072 6291456".to_string(),
        );
        let note = format!("{boot}\n{} {}", setting.0, setting.1);
        assert_eq!(noted("now", &note), [setting]);
        assert_eq!(noted("before", &note.replace(&boot, "another")), []);
        assert_eq!(noted("damaged", &format!("{boot}\nnothing\n")), []);
        assert_eq!(noted("empty", ""), []);
    }

    #[test]
    fn an_error_names_the_setting_as_sysctl_does() {
        let error = read("ipv4/conf/eth0.7/no_such_thing").expect_err("there is none");
        let text = error.to_string();
        assert!(
            text.contains("net.ipv4.conf.eth0/7.no_such_thing"),
            "{text}"
        );
    }
}
