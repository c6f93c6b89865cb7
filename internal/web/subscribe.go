package web

// subscriberRoutes are what subscribers do: ask, confirm, choose, leave.
func subscriberRoutes() []route { return nil }
