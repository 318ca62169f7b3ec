package portsim

import "net/http"

func newPage(*Server) http.Handler { return http.NotFoundHandler() }
