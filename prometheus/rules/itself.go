package rules

// itself is the group of what Upheld tells of itself, and of its silence.
func (w writer) itself() Group {
	alerts := []alert{{
		name: "Watchdog", severity: "info",
		expr:    "vector(1)",
		summary: "The chain of alerts works.",
		description: "This alert always fires. Let Alertmanager send it to something that calls when it stops: " +
			"then Prometheus, Alertmanager or the way between them is broken.",
		comment: "The dead man's switch.",
	}, {
		name: "UpheldAbsent", severity: "page", evaluations: 4,
		expr:        "absent(" + w.metric("upheld_build_info") + ")",
		summary:     "Prometheus hears nothing of Upheld.",
		description: "No target of the job answers as Upheld does, so no other alert of these can be believed. See whether it runs (upheld health), and whether Prometheus reaches its ops listener.",
	}, {
		name: "UpheldVantageBlind", severity: "page", evaluations: 4, path: "/",
		expr:        w.metric("upheld_vantage_blind") + " == 1",
		summary:     "Upheld cannot see targets of class {{ $labels.class }}.",
		description: "Our own connection to the {{ $labels.class }} class of networks is lost on {{ $labels.instance }}: an outage would not be seen, and components become unknown. See to the connection of that machine.",
	}}
	alerts = append(alerts, w.notices()...)
	alerts = append(alerts, w.machinery()...)
	return w.group("upheld-itself", "Upheld itself.", alerts)
}

// notices are the alerts on what should have been told and was not.
func (w writer) notices() []alert {
	dead := w.metric("upheld_outbox_dead")
	return []alert{{
		name: "UpheldOutboxBacklog", evaluations: 4,
		severity: `{{ if eq $labels.lane "operators" }}page{{ else }}ticket{{ end }}`,
		expr: w.metric("upheld_outbox_oldest_age_seconds", `lane="operators"`) + " > 300\n" +
			"or " + w.metric("upheld_outbox_oldest_age_seconds", `lane!="operators"`) + " > 1800",
		summary:     "Notices to {{ $labels.lane }} wait.",
		description: "The oldest notice to {{ $labels.lane }} has waited for {{ $value | humanizeDuration }}. See in the console what its channel answers; a mail server or a webhook that is down is the usual reason.",
		comment:     "Operators who are not told are the worse case.",
	}, {
		name: "UpheldNoticesDead", severity: "ticket",
		expr:        dead + " - min_over_time(" + dead + "[1d]) > 0",
		summary:     "Notices to {{ $labels.lane }} were given up.",
		description: "{{ $value }} more notices to {{ $labels.lane }} than a day ago failed to the last attempt: somebody was not told. Mend the channel, then send them again from the console.",
		comment:     "Those of the last day: what is sent again, or older, is not told of.",
	}}
}

// machinery are the alerts on the parts of the program and its machine.
func (w writer) machinery() []alert {
	free, gigabyte := w.metric("upheld_disk_free_bytes"), "1024 * 1024 * 1024"
	return []alert{{
		name: "UpheldPageStale", severity: "page", evaluations: 2, path: "/",
		expr:        w.metric("upheld_page_age_seconds") + " > " + w.metric("upheld_page_stale_seconds"),
		summary:     "The public page is out of date.",
		description: "The page's documents on {{ $labels.instance }} are {{ $value | humanizeDuration }} old, which readers are told. The log says why none are made; the database is the usual reason.",
	}, {
		name: "UpheldLoopStalled", severity: "ticket", evaluations: 4,
		expr:        w.metric("upheld_loop_age_seconds") + " > " + w.metric("upheld_loop_limit_seconds"),
		summary:     "The loop {{ $labels.loop }} of Upheld stands still.",
		description: "The loop {{ $labels.loop }} on {{ $labels.instance }} gave no sign of life for {{ $value | humanizeDuration }}. See the log and /readyz; start Upheld anew if it stays so.",
	}, {
		name: "UpheldSamplesDropped", severity: "ticket",
		expr:        "increase(" + w.metric("upheld_samples_dropped_total") + "[10m]) > 0",
		summary:     "Upheld could not keep what it saw.",
		description: `About {{ printf "%.0f" $value }} samples were dropped within ten minutes because the database did not take them in time; that time is unknown for good. See to the database and its disk.`,
	}, {
		name: "UpheldDiskFull", severity: "ticket", evaluations: 10,
		expr: free + " < " + gigabyte + "\n" +
			"or (predict_linear(" + free + "[6h], 86400) < 0 and " + free + " offset 3h)",
		summary:     "The disk of Upheld's database fills up.",
		description: "It has less than a gigabyte left on {{ $labels.instance }}, or fills within a day at the pace of the last six hours. Make room, or keep less (retention).",
	}, {
		name: "UpheldConfigRefused", severity: "ticket",
		expr:        w.metric("upheld_config_last_reload_successful") + " == 0",
		summary:     "Upheld refused its newest configuration.",
		description: "The configuration that was there before stays in force on {{ $labels.instance }}. upheld check tells every mistake with its line.",
	}}
}
