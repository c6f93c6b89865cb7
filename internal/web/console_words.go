package web

import (
	"fmt"

	"github.com/upheld/upheld/internal/console"
	"github.com/upheld/upheld/internal/uptime"
)

// markOf is a state as the console shows it, in the public page's shapes.
func markOf(state uptime.State) console.Mark {
	switch state {
	case uptime.Up:
		return console.Mark{Class: "up", Shape: "●", Text: "Operational"}
	case uptime.Degraded:
		return console.Mark{Class: "deg", Shape: "◐", Text: "Degraded"}
	case uptime.Partial:
		return console.Mark{Class: "part", Shape: "▲", Text: "Partial outage"}
	case uptime.Down:
		return console.Mark{Class: "down", Shape: "■", Text: "Down"}
	case uptime.Maintenance:
		return console.Mark{Class: "maint", Shape: "◆", Text: "Maintenance"}
	case uptime.Unknown:
	}
	return console.Mark{Class: "unk", Shape: "○", Text: "Not observed"}
}

// stateMark is a delivery's state. Its words are the ledger's.
func stateMark(state uptime.DeliveryState) console.Mark {
	class := "unk"
	shape := "○"
	switch state {
	case uptime.DeliveryAccepted:
		class, shape = "up", "●"
	case uptime.DeliverySent:
		class, shape = "up", "◐"
	case uptime.DeliveryBounced, uptime.DeliveryDead:
		class, shape = "down", "■"
	case uptime.DeliveryHeld:
		class, shape = "deg", "◇"
	case uptime.DeliveryQueued, uptime.DeliverySending:
	}
	return console.Mark{Class: class, Shape: shape, Text: string(state)}
}

// heldWhy says why a message is held back; empty: it is not.
func heldWhy(why uptime.HoldReason) string {
	switch why {
	case "":
		return ""
	case uptime.HeldDraft:
		return "the incident is a draft"
	case uptime.HeldSilent:
		return "its author chose to tell nobody"
	case uptime.HeldQuietHours:
		return "quiet hours: it waits until they end"
	case uptime.HeldMaintenance:
		return "announced work is going on"
	case uptime.HeldDependsOn:
		return "another component is the cause, and that is told"
	case uptime.HeldFlapping:
		return "it goes up and down; one message stands for many"
	case uptime.HeldRoute:
		return "the channel wants no such news"
	case uptime.HeldUnsubscribed:
		return "they left"
	case uptime.HeldQuarantined:
		return "the address bounced too often"
	case uptime.HeldDisabled:
		return "the channel is out of use"
	case uptime.HeldFolded:
		return "told in another message"
	case uptime.HeldChannelIsGone:
		return "the channel is no longer configured"
	}
	return word(why)
}

// ledgerStates are the states of deliveries, in the order in which they are told.
func ledgerStates() []uptime.DeliveryState {
	return []uptime.DeliveryState{
		uptime.DeliveryQueued, uptime.DeliverySending, uptime.DeliverySent, uptime.DeliveryAccepted,
		uptime.DeliveryBounced, uptime.DeliveryDead, uptime.DeliveryHeld,
	}
}

// tally is "3 accepted, 1 dead".
func tally(counts map[uptime.DeliveryState]int) string {
	text := ""
	for _, state := range ledgerStates() {
		if n := counts[state]; n > 0 {
			if text != "" {
				text += ", "
			}
			text += fmt.Sprintf("%d %s", n, state)
		}
	}
	if text == "" {
		return "nobody"
	}
	return text
}
