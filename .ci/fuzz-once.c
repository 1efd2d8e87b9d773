/*
 * Runs a fuzz target over its seeds, without a fuzzer: what once broke it must not break it again.
 *
 * The seeds of recorder/wire/t/fuzz_h1.c are the files of recorder/wire/t/fuzz_h1/; each is given whole and cut at every byte.
 * Prints TAP. Linked to each fuzz target where CONFIG is not fuzz.
 */
#include <dirent.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Cuts are tried up to here: beyond, they cost more than they find. */
enum { CUTS = 4096, SEED_MAX = 1 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Exactly as long as the input, so that the sanitizers see a read behind its end. */
static void run(const uint8_t *seed, size_t n)
{
    uint8_t *exact = malloc(n ? n : 1);
    if (!exact)
        abort();
    memcpy(exact, seed, n);
    LLVMFuzzerTestOneInput(exact, n);
    free(exact);
}

static int run_seed(const char *path)
{
    uint8_t *seed = malloc(SEED_MAX);
    FILE *f = seed ? fopen(path, "rb") : NULL;
    if (!f) {
        free(seed);
        return -1;
    }
    size_t n = fread(seed, 1, SEED_MAX, f);
    fclose(f);
    run(seed, n);
    for (size_t cut = 0; cut < n && cut < CUTS; cut++)
        run(seed, cut);
    free(seed);
    return 0;
}

int main(int argc, char **argv)
{
    /* build/CONFIG/FOLDER/fuzz_NAME: the seeds stand in FOLDER/fuzz_NAME. */
    const char *seeds = argc > 0 ? strstr(argv[0], "build/") : NULL;
    if (!seeds || !(seeds = strchr(seeds + strlen("build/"), '/')))
        return 2;
    seeds++;
    struct dirent **names;
    int n = scandir(seeds, &names, NULL, alphasort), done = 0;
    for (int i = 0; i < n; i++) {
        char path[4096];
        snprintf(path, sizeof path, "%s/%s", seeds, names[i]->d_name);
        bool hidden = names[i]->d_name[0] == '.';
        free(names[i]);
        if (hidden)
            continue;
        printf("# %s\n", path); /* said before it crashes */
        fflush(stdout);
        printf("%s %d - %s\n", run_seed(path) == 0 ? "ok" : "not ok", ++done, path);
    }
    if (n >= 0)
        free(names);
    printf("1..%d\n", done);
    return done ? 0 : 1;
}
