package main

import (
	"context"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"
)

// page serves the bytes of a file as a gzipped page from memory, with echo and
// the three middlewares that every public server wears. It prints its address.
func page(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("page", flag.ContinueOnError)
	file := flags.String("file", "", "the gzipped page")
	etag := flags.String("etag", "", "its ETag, in quotes")
	if err := flags.Parse(args); err != nil {
		return err
	}
	body, err := os.ReadFile(*file)
	if err != nil {
		return err
	}
	length := strconv.Itoa(len(body))
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	e.Use(middleware.Recover(), middleware.RequestID(), middleware.Secure())
	e.GET("/", func(c echo.Context) error {
		h := c.Response().Header()
		h.Set("Etag", *etag)
		h.Set("Cache-Control", "public, max-age=5")
		h.Set("Vary", "Accept-Encoding")
		if c.Request().Header.Get("If-None-Match") == *etag {
			return c.NoContent(http.StatusNotModified)
		}
		h.Set("Content-Encoding", "gzip")
		h.Set("Content-Length", length)
		return c.Blob(http.StatusOK, "text/html; charset=utf-8", body)
	})
	if e.Listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		return err
	}
	e.Server.ReadHeaderTimeout = 10 * time.Second
	fmt.Println(e.Listener.Addr())
	go func() { _ = e.Start("") }() // ends with Close below
	waitForParent(ctx)
	return e.Close()
}
