//! Courses as they are really measured: a point a minute, noise, gaps, restarts.

use super::*;

const MI: u64 = 1 << 20;
const START: i64 = 1_700_000_000;

/// Points a minute apart, given in Mi.
fn series(from: i64, values: impl IntoIterator<Item = f64>) -> Vec<Point> {
    (0..)
        .zip(values)
        .map(|(minute, value): (i64, f64)| Point {
            at: from + minute * 60,
            bytes: (value * MI as f64) as u64,
        })
        .collect()
}

/// Noise that is the same in every run.
fn noise(seed: u64) -> f64 {
    let mixed = (seed + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    (mixed >> 40) as f64 / (1_u64 << 24) as f64 - 0.5
}

fn leaking(minutes: u64, from: f64, to: f64) -> impl Iterator<Item = f64> {
    (0..minutes).map(move |minute| {
        let warm = if minute == 0 { 0.2 } else { 1.0 };
        let part = minute as f64 / (minutes - 1) as f64;
        (from + (to - from) * part) * warm + noise(minute) * 12.0
    })
}

fn flat(minutes: u64, level: f64) -> impl Iterator<Item = f64> {
    (0..minutes).map(move |minute| {
        let warm = if minute == 0 { 0.4 } else { 1.0 };
        level * warm + noise(minute) * 8.0
    })
}

fn limit(mi: u64) -> Lives {
    Lives {
        limit: Some(mi * MI),
        restarts: 3,
        ..Lives::default()
    }
}

fn shape(series: Vec<Vec<Point>>, known: &Lives) -> Option<Shape> {
    judge(&Course::new(series), known).shape
}

#[test]
fn memory_that_grows_through_each_life_up_to_the_limit_is_a_leak() {
    let lives = vec![
        series(START, leaking(90, 110.0, 500.0)),
        series(START + 92 * 60, leaking(85, 108.0, 505.0)),
        series(START + 180 * 60, leaking(40, 111.0, 300.0)),
    ];
    let known = Lives {
        running_since: Some(START + 179 * 60 + 50),
        began: Some(START + 92 * 60 - 20),
        ended: Some(START + 177 * 60),
        now: Some(START + 219 * 60 + 30),
        ..limit(512)
    };
    let judged = judge(&Course::new(lives), &known);
    assert_eq!(judged.shape, Some(Shape::Leak));
    let hourly = judged.hourly.unwrap() / MI;
    assert!((260..320).contains(&hourly), "{hourly} Mi an hour");
    let left = judged.full_in.unwrap() / 60;
    assert!((35..55).contains(&left), "{left} minutes");
    assert!((280..310).contains(&(judged.now.unwrap() / MI)));
    assert!(judged.peak.unwrap() > 490 * MI);
}

#[test]
fn one_series_that_falls_at_every_restart_is_the_same_leak() {
    let saw: Vec<f64> = leaking(60, 100.0, 500.0)
        .chain(leaking(60, 100.0, 505.0))
        .chain(leaking(60, 100.0, 502.0))
        .chain(leaking(20, 100.0, 230.0))
        .collect();
    assert_eq!(
        shape(vec![series(START, saw)], &limit(512)),
        Some(Shape::Leak)
    );
}

#[test]
fn memory_that_is_there_within_a_step_is_a_spike() {
    let life = |from: i64| series(from, flat(80, 120.0).chain([480.0]));
    let lives = vec![life(START), life(START + 90 * 60)];
    assert_eq!(shape(lives, &limit(512)), Some(Shape::Spike));
}

#[test]
fn a_jump_between_two_measurements_is_a_spike_if_it_is_known_when_it_ended() {
    let life = series(START, flat(80, 120.0));
    let last = life.last().unwrap().at;
    let ended = |ended: Option<i64>| Lives {
        began: Some(START - 20),
        ended,
        ..limit(512)
    };
    assert_eq!(
        shape(vec![life.clone()], &ended(Some(last + 35))),
        Some(Shape::Spike)
    );
    // Nobody measured its last half hour, or nobody knows when it ended.
    assert_eq!(shape(vec![life.clone()], &ended(Some(last + 1800))), None);
    assert_eq!(shape(vec![life], &ended(None)), None);
}

#[test]
fn memory_that_is_near_the_limit_from_the_start_shows_a_limit_that_is_too_low() {
    let lives = vec![
        series(START, flat(40, 118.0)),
        series(START + 45 * 60, flat(55, 119.0)),
    ];
    assert_eq!(shape(lives, &limit(128)), Some(Shape::Low));
    let short = vec![series(START, [90.0, 124.0, 126.0, 127.0])];
    assert_eq!(shape(short, &limit(128)), Some(Shape::Low));
}

#[test]
fn a_collector_that_frees_memory_again_is_no_leak() {
    let saw = |minutes: u64| {
        (0..minutes).map(|minute| 150.0 + (minute % 12) as f64 * 12.0 + noise(minute) * 6.0)
    };
    let lives = vec![series(START, saw(120)), series(START + 130 * 60, saw(100))];
    assert_eq!(shape(lives, &limit(512)), None);
}

#[test]
fn a_leak_is_seen_through_gaps_and_single_points_that_are_far_off() {
    let mut points = series(START, leaking(120, 100.0, 500.0));
    points.drain(30..55);
    points[40].bytes = 510 * MI;
    points[60].bytes = 0;
    let known = Lives {
        restarts: 0,
        ..limit(512)
    };
    assert_eq!(shape(vec![points], &known), Some(Shape::Leak));
}

#[test]
fn few_points_no_points_and_no_limit_tell_nothing() {
    assert_eq!(shape(Vec::new(), &limit(512)), None);
    assert_eq!(shape(vec![series(START, [300.0])], &limit(512)), None);
    assert_eq!(
        shape(vec![series(START, [100.0, 300.0])], &limit(512)),
        None
    );
    let leak = vec![series(START, leaking(60, 100.0, 500.0))];
    assert_eq!(shape(leak.clone(), &Lives::default()), None);
    let none = Lives {
        limit: Some(0),
        ..Lives::default()
    };
    assert_eq!(shape(leak, &none), None);
}

#[test]
fn lives_that_disagree_tell_nothing() {
    let lives = vec![
        series(START, leaking(60, 100.0, 500.0)),
        series(START + 70 * 60, flat(60, 120.0).chain([490.0])),
    ];
    assert_eq!(shape(lives, &limit(512)), None);
}

#[test]
fn the_last_point_of_what_is_gone_said_again_and_again_changes_nothing() {
    let mut life = leaking(60, 100.0, 500.0).collect::<Vec<_>>();
    let last = *life.last().unwrap();
    life.extend([last; 5]);
    let lives = vec![series(START, life.clone()), series(START + 70 * 60, life)];
    assert_eq!(shape(lives, &limit(512)), Some(Shape::Leak));
    let jump: Vec<f64> = flat(60, 100.0).chain([470.0; 5]).collect();
    let lives = vec![series(START, jump.clone()), series(START + 70 * 60, jump)];
    assert_eq!(shape(lives, &limit(512)), Some(Shape::Spike));
}

#[test]
fn the_same_life_measured_twice_counts_once() {
    let leak = series(START, leaking(60, 100.0, 500.0));
    let twin: Vec<Point> = leak.iter().map(|p| Point { at: p.at + 7, ..*p }).collect();
    let spike = |from| series(from, flat(60, 100.0).chain([490.0]));
    let lives = vec![leak, twin, spike(START + 7000), spike(START + 14_000)];
    // Twice a leak and twice a spike would be undecided.
    assert_eq!(shape(lives, &limit(512)), Some(Shape::Spike));
}

#[test]
fn wild_numbers_and_times_do_no_harm() {
    let wild = vec![
        vec![
            Point {
                at: i64::MIN,
                bytes: u64::MAX,
            },
            Point {
                at: i64::MAX,
                bytes: 0,
            },
            Point {
                at: 0,
                bytes: u64::MAX,
            },
            Point { at: 1, bytes: 1 },
        ],
        vec![Point { at: 5, bytes: 5 }; 5_000],
    ];
    let known = Lives {
        limit: Some(u64::MAX),
        restarts: u32::MAX,
        running_since: Some(i64::MIN),
        began: Some(i64::MAX),
        ended: Some(i64::MIN),
        now: Some(i64::MAX),
    };
    let _ = judge(&Course::new(wild.clone()), &known);
    let _ = judge(
        &Course::new(wild),
        &Lives {
            limit: Some(1),
            ..known
        },
    );
}

#[test]
fn of_too_much_the_newest_is_kept() {
    let many = (0..2_000).map(|life| series(START + life * 3600, flat(3, 10.0)));
    let course = Course::new(many.collect());
    assert_eq!(course.series().len(), MAX_SERIES);
    assert_eq!(course.series().last().unwrap()[0].at, START + 1_999 * 3600);
    let long = Course::new(vec![series(START, flat(5_000, 10.0))]);
    assert_eq!(long.series()[0].len(), MAX_POINTS);
    assert_eq!(long.series()[0].last().unwrap().at, START + 4_999 * 60);
}
