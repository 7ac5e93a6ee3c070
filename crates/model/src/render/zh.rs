//! The story in Chinese.

use crate::effect::{Direction, Failure};
use crate::event::Why;
use crate::kind::Fact;
use crate::observation::{Look, Observation, Progress};
use crate::payload::{Escalation, GateDecided, Ruling, ToolCalled, ToolResult, ToolReturned};
use crate::render::words;
use crate::text::Lang;

pub(super) fn sentence(fact: &Fact) -> String {
    match fact {
        Fact::SignalSeen(f) => match (&f.signal.object, f.previous) {
            (Some(object), None) => {
                format!("信号 {}：{} — {object}", f.signal.name, f.signal.title)
            }
            (None, None) => format!("信号 {}：{}", f.signal.name, f.signal.title),
            (_, Some(previous)) => format!(
                "信号 {}：{}（与事件 {} 是同一故障）",
                f.signal.name,
                f.signal.title,
                super::short(previous)
            ),
        },
        Fact::SignalCleared(f) => format!("故障已消失：{}", f.seen),
        Fact::SkillMatched(f) => match &f.container {
            Some(container) => format!("匹配技能 {}：{} 的容器 {container}", f.skill, f.subject),
            None => format!("匹配技能 {}：{}", f.skill, f.subject),
        },
        Fact::ToolCalled(f) => format!("查看：{}({})", f.tool, super::params(&f.params)),
        Fact::ToolReturned(f) => look(None, f),
        Fact::Diagnosed(f) => format!(
            "根因（{}，把握 {}）：{}",
            f.diagnosis.cause.title(Lang::Zh),
            f.diagnosis.confidence,
            f.diagnosis.root_cause.zh
        ),
        Fact::RemedyProposed(f) => {
            let tier = words::tier(f.plan.tier, Lang::Zh);
            format!(
                "提议（{tier}）：{}（方案 {}）",
                f.plan.summary.zh,
                f.hash.short()
            )
        }
        Fact::Rehearsed(f) => match &f.refused {
            None => "演练通过：集群会接受该变更".to_owned(),
            Some(message) => format!("演练未通过：集群会拒绝该变更：{message}"),
        },
        Fact::GateDecided(f) => gate(f),
        Fact::Approved(f) => match &f.comment {
            Some(comment) => format!("批准方案 {}：“{comment}”", f.plan.short()),
            None => format!("批准方案 {}", f.plan.short()),
        },
        Fact::Rejected(f) => {
            let what = match f.plan {
                Some(plan) => format!("拒绝方案 {}", plan.short()),
                None => "结束该事件".to_owned(),
            };
            match &f.comment {
                Some(comment) => format!("{what}：“{comment}”"),
                None => what,
            }
        }
        Fact::PlanChanged(f) => {
            format!(
                "方案 {} 已不再成立：{}",
                f.plan.short(),
                failure(&f.failure)
            )
        }
        Fact::Observed(f) => observed(&f.observation),
        Fact::Intended(f) => match f.intent.direction {
            Direction::Apply => format!("即将变更 {}", f.intent.target),
            Direction::Undo => format!("即将撤回对 {} 的变更", f.intent.target),
        },
        Fact::Applied(f) if f.settlement.found_standing => {
            format!("中断之前变更已生效（第 {} 代）", f.settlement.generation)
        }
        Fact::Applied(f) => format!("已变更（第 {} 代）", f.settlement.generation),
        Fact::RolledBack(f) if f.settlement.found_standing => {
            format!("中断之前变更已撤回（第 {} 代）", f.settlement.generation)
        }
        Fact::RolledBack(f) => format!("已撤回（第 {} 代）", f.settlement.generation),
        Fact::EffectFailed(f) => format!("未做任何变更：{}", failure(&f.failure)),
        Fact::Verified(f) => {
            let verdict = words::verdict(f.verdict, Lang::Zh);
            format!(
                "{verdict}：{}/{} 个 Pod 就绪，之前 {} 个",
                f.ready_now, f.desired, f.ready_before
            )
        }
        Fact::Repaired(f) => {
            format!(
                "放弃方案 {}，另寻补救（第 {} 次尝试）",
                f.plan.short(),
                f.attempt
            )
        }
        Fact::StepFailed(f) => format!(
            "未能{}（第 {} 次）：{}；将于 {} 重试",
            words::step(&f.step, Lang::Zh),
            f.attempt,
            f.problem,
            super::hour(f.retry_at)
        ),
        Fact::Escalated(f) => {
            let reason = escalation(f.reason);
            if f.detail.zh.is_empty() {
                format!("需要人接手：{reason}")
            } else {
                format!("需要人接手：{reason}（{}）", f.detail.zh)
            }
        }
        Fact::UndoRequested(f) => match &f.comment {
            Some(comment) => format!("要求撤回方案 {}：“{comment}”", f.plan.short()),
            None => format!("要求撤回方案 {}", f.plan.short()),
        },
        Fact::LessonKept(f) => format!(
            "记下教训：{}，{}，{} — {}",
            f.lesson.object,
            f.lesson.cause.title(Lang::Zh),
            words::remedy(f.lesson.remedy, Lang::Zh),
            words::verdict(f.lesson.verdict, Lang::Zh)
        ),
        Fact::Closed(f) => format!("结束：{}", words::outcome(f.outcome, Lang::Zh)),
    }
}

fn gate(f: &GateDecided) -> String {
    let what = match f.direction {
        Direction::Apply => "方案",
        Direction::Undo => "撤回方案",
    };
    let rules: Vec<_> = f
        .rules
        .iter()
        .map(|rule| words::rule(rule, Lang::Zh))
        .collect();
    let rules = rules.join("；");
    let plan = f.plan.short();
    match f.ruling {
        Ruling::Allow => format!("放行{what} {plan}：{rules}"),
        Ruling::Ask => format!("{what} {plan} 需要人批准：{rules}"),
        Ruling::Refuse => format!("不放行{what} {plan}：{rules}"),
    }
}

pub(super) fn look(asked: Option<&ToolCalled>, seen: &ToolReturned) -> String {
    let what = asked.map_or("看到", |asked| &asked.tool);
    let first = super::first_line(&seen.excerpt);
    match seen.result {
        ToolResult::Found => format!("{what}：{first}"),
        ToolResult::Empty => format!("{what}：没有内容"),
        ToolResult::Failed => format!("{what}：无法查看：{first}"),
        ToolResult::NotConfigured => format!("{what}：未配置：{first}"),
    }
}

fn observed(o: &Observation) -> String {
    let when = match o.look {
        Look::Before => "变更前",
        Look::Rollout => "发布中",
        Look::Last => "时限已到",
        Look::Second => "再次查看",
    };
    let progress = match o.progress {
        Progress::Underway => "进行中",
        Progress::Complete => "完成",
        Progress::Stalled => "停滞",
    };
    let mut told = format!(
        "{when}：{}/{} 个 Pod 就绪，{} 个已更新，{progress}",
        o.ready, o.desired, o.updated
    );
    let ailments = super::ailments(o);
    if !ailments.is_empty() {
        told.push_str(&format!("；{}", ailments.join("，")));
    }
    told
}

pub(super) fn failure(failure: &Failure) -> String {
    match failure {
        Failure::Gone => "对象已不存在".to_owned(),
        Failure::Changed { now } => {
            let fields: Vec<_> = now
                .iter()
                .map(|field| {
                    let value = field.value.as_ref().map(super::quoted);
                    match (value, &field.digest) {
                        (Some(Some(value)), _) => format!("{} 现为 {value}", field.path),
                        (Some(None), _) | (None, Some(_)) => format!("{} 已不同", field.path),
                        (None, None) => format!("{} 现已不存在", field.path),
                    }
                })
                .collect();
            format!("其间有变化：{}", fields.join("，"))
        }
        Failure::Refused { message } => format!("被拒绝：{message}"),
        Failure::Unreachable { message } => format!("无法连接：{message}"),
        Failure::Withdrawn => "已撤回：策略不再允许".to_owned(),
        Failure::Undecidable { message } => format!("无法判定：{message}"),
    }
}

const fn escalation(reason: Escalation) -> &'static str {
    match reason {
        Escalation::NoSkill => "没有技能了解此类故障",
        Escalation::NoDiagnosis => "未能找到根因",
        Escalation::NoRemedy => "没有已知的安全补救",
        Escalation::PolicyRefuses => "策略拒绝该方案",
        Escalation::OwnedElsewhere => "目标由别处管理，应修改其源头",
        Escalation::RemedyDidNotHelp => "尝试过的补救无效，已撤回",
        Escalation::UndoFailed => "已做的变更无法撤回",
        Escalation::Undecidable => "无法判定变更是否已发生",
        Escalation::WriteRefused => "集群拒绝该变更",
        Escalation::LimitReached => "达到时间或次数上限",
    }
}

pub(super) fn reason(why: &Why) -> String {
    match why {
        Why::Reported => "外部报告".to_owned(),
        Why::TriggerFitted { skill } => format!("符合 {skill} 的触发条件"),
        Why::NodeAsked { skill, node } => format!("{skill} 的节点 {node} 要求"),
        Why::Evidence { evidence } => format!("依据 {} 条证据", evidence.len()),
        Why::Diagnosis => "诊断要求".to_owned(),
        Why::Plan { plan } => format!("依照方案 {}", plan.short()),
        Why::Policy => "依照策略".to_owned(),
        Why::PersonDecided => "由人决定".to_owned(),
        Why::ClusterAnswered => "集群如此答复".to_owned(),
        Why::Interrupted => "中断之后查明".to_owned(),
        Why::Verdict { verdict } => format!("判定为{}", words::verdict(*verdict, Lang::Zh)),
        Why::Limit => "达到上限".to_owned(),
        Why::NextStep => "下一步".to_owned(),
    }
}
