//! The house's own words that come up from below as English text, in the language of the reader:
//! what was not seen and why, and notes about a recording. Others' words stay as they are.

use std::borrow::Cow;

use model::Lang;

/// Words of ours and their Chinese; `{}` stands for what is filled in, in the same order in both.
/// The more particular come first.
const CHINESE: &[(&str, &str)] = &[
    ("not in this transcript", "不在这份命令记录中"),
    ("not in this recording", "不在这份记录中"),
    ("not in this record", "不在这份记录中"),
    (
        "not read: Kintsugi reads no Secrets unless it is told to",
        "未读取：除非另有要求，Kintsugi 不读取 Secret",
    ),
    ("only {} are read", "只读取 {} 份"),
    ("no answer within {} s", "{} 秒内没有回答"),
    (
        "not read within the {} that a reading may take",
        "未能在一次读取所限的 {} 之内读完",
    ),
    ("the cluster does not answer", "集群没有回答"),
    ("logs", "日志"),
    ("the log of 1 container", "1 个容器的日志"),
    (
        "logs of {} more sick containers",
        "另外 {} 个异常容器的日志",
    ),
    ("logs of {} containers", "{} 个容器的日志"),
    ("previous log of container {}:", "容器 {} 上一次的日志："),
    ("everything that is not watched", "所有未被监视的对象"),
    ("{} (Helm releases)", "{}（Helm 发布）"),
    ("{} (certificates)", "{}（证书）"),
    ("{} (names)", "{}（名称）"),
    ("{} outside of namespace {}", "{}（命名空间 {} 之外）"),
    (
        "{} and {} more: not in this record",
        "{} 等（另有 {} 个）：不在这份记录中",
    ),
    ("{}: not in this record", "{}：不在这份记录中"),
    (
        "{} and {} more: no answer within {} s",
        "{} 等（另有 {} 个）：{} 秒内没有回答",
    ),
    ("{}: no answer within {} s", "{}：{} 秒内没有回答"),
    (
        "note: pods of all namespaces may not be read, so only those of namespace {} are looked at; name others with -n",
        "提示：无权读取所有命名空间的 Pod，因此只查看命名空间 {} 中的；可用 -n 指定其他命名空间",
    ),
    (
        "note: lists are taken for all there is of their kinds: {} and {} more",
        "提示：以下列表被视为同类对象的全部：{} 等（另有 {} 个）",
    ),
    (
        "note: lists are taken for all there is of their kinds: {}",
        "提示：以下列表被视为同类对象的全部：{}",
    ),
    ("note: and {} more notes", "提示：另有 {} 条提示"),
    (
        "note: only the first {} of {} objects are kept",
        "提示：只保留前 {} 个对象，共 {} 个",
    ),
    (
        "note: only the first {} files are read; {} more are left out",
        "提示：只读取前 {} 个文件，其余 {} 个未读",
    ),
    (
        "note: the archive is damaged: {}; what came before is read",
        "提示：归档已损坏：{}；此前的内容已读取",
    ),
    (
        "note: the archive is too large: after {} files the rest is left out",
        "提示：归档过大：读取 {} 个文件后，其余未读",
    ),
    (
        "note: a log of {} is left out: its pod is not told",
        "提示：{} 的一份日志未采用：没有说明是哪个 Pod",
    ),
    (
        "note: {}: an empty list: neither it nor its file's name says of which kind",
        "提示：{}：空列表：内容和文件名都没有说明是哪一类对象",
    ),
    (
        "note: {}: an empty list of kind {}, but nothing says of which namespace",
        "提示：{}：{} 的空列表，但没有说明属于哪个命名空间",
    ),
    (
        "note: {}: its objects may have been picked: what is not among them may still exist",
        "提示：{}：其中的对象可能是挑选出来的：不在其中的也可能存在",
    ),
    (
        "note: {}: it holds no objects and no commands, and as a log it names no container of the recording",
        "提示：{}：其中没有对象，也没有命令；作为日志，它没有指明记录中的任何容器",
    ),
    (
        "note: {}: the record should have {} objects here; {} are found",
        "提示：{}：记录在此应有 {} 个对象，实际找到 {} 个",
    ),
    (
        "note: {}: two looks at {} disagree: {}",
        "提示：{}：对 {} 的两次查看不一致：{}",
    ),
    (
        "note: {}: it is a link, a pipe or a device, and is left out",
        "提示：{}：这是链接、管道或设备，未读取",
    ),
    (
        "note: {}: it is a link, and is left out",
        "提示：{}：这是链接，未读取",
    ),
    (
        "note: {}: its path leads out of the archive: it is left out",
        "提示：{}：路径指向归档之外，未读取",
    ),
    (
        "note: {}: the folders are too deep: this one is not read",
        "提示：{}：文件夹层次过深，未读取",
    ),
    (
        "note: {}: the folder cannot be read: {}",
        "提示：{}：文件夹无法读取：{}",
    ),
    ("note: {}: it cannot be read: {}", "提示：{}：无法读取：{}"),
    ("note: {}: it cannot be looked at", "提示：{}：无法查看"),
    ("note: {}", "提示：{}"),
];

/// Words of ours in a language; words that are not ours as they are.
pub(crate) fn said(words: &str, lang: Lang) -> Cow<'_, str> {
    if lang == Lang::En {
        return Cow::Borrowed(words);
    }
    CHINESE
        .iter()
        .find_map(|(english, chinese)| Some((filled(english, words)?, chinese)))
        .map_or(Cow::Borrowed(words), |(fillings, chinese)| {
            let mut out = String::new();
            let mut fillings = fillings.into_iter();
            for (place, part) in chinese.split("{}").enumerate() {
                if place > 0 {
                    out.push_str(fillings.next().unwrap_or_default());
                }
                out.push_str(part);
            }
            Cow::Owned(out)
        })
}

/// What stands in the words where the pattern has `{}`, if the words are of that pattern.
fn filled<'w>(pattern: &str, words: &'w str) -> Option<Vec<&'w str>> {
    let mut parts = pattern.split("{}").peekable();
    let mut rest = words.strip_prefix(parts.next()?)?;
    let mut fillings = Vec::new();
    if parts.peek().is_none() {
        return rest.is_empty().then_some(fillings);
    }
    while let Some(part) = parts.next() {
        let (filling, after) = match parts.peek() {
            // The last part ends the words.
            None => (rest.strip_suffix(part)?, ""),
            Some(_) => rest.split_once(part)?,
        };
        if filling.is_empty() {
            return None;
        }
        fillings.push(filling);
        rest = after;
    }
    Some(fillings)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_ours_are_said_in_chinese_and_those_of_others_as_they_are() {
        let zh = |words: &str| said(words, Lang::Zh).into_owned();
        assert_eq!(zh("not in this recording"), "不在这份记录中");
        assert_eq!(
            zh("shop/api/web and 3 more: not in this record"),
            "shop/api/web 等（另有 3 个）：不在这份记录中"
        );
        assert_eq!(
            zh("note: lists are taken for all there is of their kinds: pods.json and 31 more"),
            "提示：以下列表被视为同类对象的全部：pods.json 等（另有 31 个）"
        );
        assert_eq!(zh("events is forbidden"), "events is forbidden");
        assert_eq!(said("logs", Lang::En), "logs");
    }

    #[test]
    fn what_is_filled_in_stands_in_both_languages() {
        for (english, chinese) in CHINESE {
            let holes = |words: &str| words.matches("{}").count();
            assert_eq!(holes(english), holes(chinese), "{english}");
        }
    }
}
