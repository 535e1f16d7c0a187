/* images: makes mappings that look like loaded ELF images, prints the address of each, then "ready", and waits.
 *   copy ADDRESS: an anonymous, executable copy of the vDSO, which is a whole ELF image.
 *   reading ADDRESS: /proc/self/exe mapped to be read, as a debugger does. */
#include <elf.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

int main(void) {
    const char *vdso = (const char *)getauxval(AT_SYSINFO_EHDR);
    const Elf64_Ehdr *header = (const Elf64_Ehdr *)vdso;
    const Elf64_Phdr *segments = (const Elf64_Phdr *)(vdso + header->e_phoff);
    size_t size = 0;
    for (int i = 0; i < header->e_phnum; i++)
        if (segments[i].p_type == PT_LOAD) size = segments[i].p_vaddr + segments[i].p_memsz;
    size = (size + 4095) & ~(size_t)4095;
    /* A page that nobody can use on either side keeps the copy a mapping of its own. */
    char *room = mmap(NULL, size + 8192, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (room == MAP_FAILED || mprotect(room + 4096, size, PROT_READ | PROT_WRITE) != 0) return 1;
    char *copy = room + 4096;
    /* Page by page through a pipe: the last page of the image may end before the mapping does. */
    int ends[2];
    if (pipe(ends) != 0) return 1;
    for (size_t done = 0; done < size; done += 4096) {
        if (write(ends[1], vdso + done, 4096) != 4096) break;
        if (read(ends[0], copy + done, 4096) != 4096) return 1;
    }
    if (mprotect(copy, size, PROT_READ | PROT_EXEC) != 0) return 1;
    printf("copy %p\n", (void *)copy);

    int file = open("/proc/self/exe", O_RDONLY);
    struct stat status;
    if (file < 0 || fstat(file, &status) != 0) return 1;
    void *reading = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, file, 0);
    if (reading == MAP_FAILED) return 1;
    printf("reading %p\n", reading);
    puts("ready");
    fflush(stdout);
    for (;;) pause();
}
