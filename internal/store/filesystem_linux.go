package store

import "syscall"

// networkFilesystem names the network's file system that the folder lies on,
// and is empty for a local disk. The numbers are those of statfs(2).
func networkFilesystem(folder string) string {
	var info syscall.Statfs_t
	if err := syscall.Statfs(folder, &info); err != nil {
		return "" // opening the file says what is wrong
	}
	return networkFilesystems[uint32(info.Type)]
}

var networkFilesystems = map[uint32]string{
	0x6969:     "NFS",
	0x517b:     "SMB",
	0xff534d42: "CIFS",
	0xfe534d42: "SMB2",
	0x5346414f: "AFS",
	0x73757245: "Coda",
}
