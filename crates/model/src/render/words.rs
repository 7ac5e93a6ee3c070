//! The closed vocabularies as people say them: each word in both languages, side by side.

use crate::observation::Verdict;
use crate::plan::{RemedyKind, Tier};
use crate::signal::Severity;
use crate::status::{Outcome, Status};
use crate::text::Lang;

const fn pick<'a>(lang: Lang, en: &'a str, zh: &'a str) -> &'a str {
    match lang {
        Lang::En => en,
        Lang::Zh => zh,
    }
}

/// How risky something is.
#[must_use]
pub const fn tier(tier: Tier, lang: Lang) -> &'static str {
    match tier {
        Tier::ReadOnly => pick(lang, "read only", "只读"),
        Tier::LowRisk => pick(lang, "low risk", "低风险"),
        Tier::HighRisk => pick(lang, "high risk", "高风险"),
        Tier::Forbidden => pick(lang, "forbidden", "禁止"),
    }
}

/// A kind of remedy.
#[must_use]
pub const fn remedy(kind: RemedyKind, lang: Lang) -> &'static str {
    match kind {
        RemedyKind::RestoreLastGood => pick(
            lang,
            "back to the last good revision",
            "恢复到上一个正常版本",
        ),
    }
}

/// Whether a remedy helped.
#[must_use]
pub const fn verdict(verdict: Verdict, lang: Lang) -> &'static str {
    match verdict {
        Verdict::Healed => pick(lang, "healed", "已治愈"),
        Verdict::NoBetter => pick(lang, "no better", "没有好转"),
        Verdict::Worse => pick(lang, "worse", "更糟"),
    }
}

/// How an incident ended.
#[must_use]
pub const fn outcome(outcome: Outcome, lang: Lang) -> &'static str {
    match outcome {
        Outcome::Healed => pick(lang, "healed", "已治愈"),
        Outcome::ResolvedByItself => pick(lang, "resolved by itself", "自行恢复"),
        Outcome::Rejected => pick(lang, "the remedy was refused", "补救被拒绝"),
        Outcome::NotMended => pick(lang, "not mended", "未能修复"),
        Outcome::Undone => pick(lang, "the remedy was taken back", "补救已撤回"),
    }
}

/// How bad something is.
#[must_use]
pub const fn severity(severity: Severity, lang: Lang) -> &'static str {
    match severity {
        Severity::Info => pick(lang, "info", "提示"),
        Severity::Warning => pick(lang, "warning", "警告"),
        Severity::Critical => pick(lang, "critical", "严重"),
    }
}

/// How an incident stands. In English these are the words that `--status` takes.
#[must_use]
pub const fn status(status: Status, lang: Lang) -> &'static str {
    match status {
        Status::Open => pick(lang, "open", "未处理"),
        Status::Diagnosing => pick(lang, "diagnosing", "诊断中"),
        Status::WaitingApproval => pick(lang, "waiting_approval", "待批准"),
        Status::Mending => pick(lang, "mending", "修复中"),
        Status::Verifying => pick(lang, "verifying", "验证中"),
        Status::Escalated => pick(lang, "escalated", "待接手"),
        Status::Closed => pick(lang, "closed", "已结束"),
    }
}

/// A rule of policy. A rule that is not known here, of a newer version, goes by its name.
#[must_use]
pub fn rule(name: &str, lang: Lang) -> &str {
    let (en, zh) = match name {
        "forbidden" => ("such a thing is never done", "此类操作一律禁止"),
        "undo_needs_a_person" => ("taking back needs a person's word", "撤回须由人要求"),
        "owned_elsewhere" => (
            "the target is owned elsewhere: change its source",
            "目标由别处管理：应修改其源头",
        ),
        "frozen" => ("changes are frozen now", "正处于变更冻结期"),
        "read_only" => ("it only looks", "只读操作"),
        "low_risk_runs" => ("low risk runs without asking here", "此处低风险无须批准"),
        "low_risk_needs_a_person" => ("low risk needs a person here", "此处低风险须由人批准"),
        "high_risk_needs_a_person" => ("high risk needs a person", "高风险须由人批准"),
        "approved_by_person" => ("a person agreed", "已有人批准"),
        "approver_is_no_person" => ("whoever agreed is no person", "批准者不是人"),
        "demo_approves_in_memory_only" => (
            "the demo's script agrees for clusters in memory only",
            "演示脚本只能批准内存集群上的方案",
        ),
        "local_people_do_not_approve" => (
            "the word of local users does not count here",
            "此处本机用户的批准无效",
        ),
        "approver_unknown" => ("it is not known who agreed", "批准者身份不明"),
        "approver_not_named" => (
            "whoever agreed is not among the approvers",
            "批准者不在批准人名单中",
        ),
        name => return name,
    };
    pick(lang, en, zh)
}

/// A step, as what was being done: "failed to …". One that is not known here goes by its name.
#[must_use]
pub fn step(name: &str, lang: Lang) -> &str {
    let (en, zh) = match name {
        "match" => ("choose a skill", "选择技能"),
        "investigate" => ("look for the cause", "查找根因"),
        "propose" => ("propose a remedy", "提出方案"),
        "rehearse" => ("rehearse the plan", "演练方案"),
        "observe" => ("look at the workload", "查看工作负载"),
        "gate" => ("ask policy", "询问策略"),
        "effect" => ("change the cluster", "变更集群"),
        "settle" => ("find out whether the change was made", "查明变更是否已发生"),
        "drop_plan" => ("drop the plan", "放弃方案"),
        "judge" => ("judge the remedy", "判定效果"),
        "keep_lesson" => ("keep the lesson", "记下教训"),
        "repair" => ("go on to another remedy", "另寻补救"),
        "escalate" => ("call a person", "请人接手"),
        "close" => ("close the incident", "结束事件"),
        name => return name,
    };
    pick(lang, en, zh)
}
