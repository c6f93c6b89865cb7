package web

// apiRoutes are the API, version 1.
func apiRoutes() []route { return nil }
