#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0
# The texts of the tree: licence line, width, blanks, words that only concern whoever wrote them.
use strict;
use warnings;
use File::Basename qw(basename dirname);
use File::Find;
use Cwd qw(abs_path);

chdir dirname(abs_path(__FILE__)) . '/../..' or die "$!\n";

# What make writes, and what is not for reading
my $made = qr{\.(svg|o|ko|d|mod|mod\.c|cmd|order|symvers|swp|new|orig|rej)$|/\.[^/]*\.cmd$|~$};
my @files = grep { -f } qw(Makefile build.mk README.md .clang-format .shellcheckrc);
# Traces and what is said of them are as they are, in width too
my $data = qr{^selftests/data/.*\.(trace|expected)$};
find({ no_chdir => 1, wanted => sub { push @files, $_ if -f && !/$made/i && !/$data/ } },
	grep { -d } qw(.ci bpf include kmod userspace selftests vm Documentation));

# A tab is eight columns. C has the kernel's hundred; scripts get ten more for their messages. A string
# that somebody may search for is not broken, and prose has lines as long as its tables.
my $prose = qr{\.(md|[1-8])$};
my $unbroken = qr{^\s*(?:\w+\()?"|^\s*(?:pr_\w+|seq_printf|printf)\(.*"};
# Plain settings without a place for a comment
my $no_licence = qr{\.(md|[1-8]|allow)$};
# Notes to oneself, and one person's folder
my $private = join '|', map { join '', @$_ } ['TO', 'DO\b'], ['FIX', 'ME\b'], ['/home', '/\w'];

my %wrong = map { $_ => [] } my @rules = ('licence', 'width', 'blanks', 'words', 'line end');
for my $file (sort @files) {
	open my $in, '<:utf8', $file or die "$file: $!\n";
	my @lines = <$in>;
	close $in;

	push @{$wrong{licence}}, "$file: no SPDX line in the first three"
		if $file !~ $no_licence &&
		!grep { defined && /SPDX-License-Identifier: GPL-2\.0/ } @lines[0 .. 2];
	push @{$wrong{'line end'}}, "$file: the last line has no end" if @lines && $lines[-1] !~ /\n\z/;
	for my $n (1 .. @lines) {
		my $line = $lines[$n - 1];

		chomp $line;
		push @{$wrong{blanks}}, "$file:$n" if $line =~ /[ \t\r]$/;
		push @{$wrong{words}}, "$file:$n: $line" if $line =~ /$private/;
		next if $file =~ $prose || $line =~ $unbroken;
		1 while $line =~ s/^([^\t]*)\t/$1 . ' ' x (8 - length($1) % 8)/e;
		push @{$wrong{width}}, "$file:$n: " . length($line) . ' columns'
			if length $line > ($file =~ /\.[ch]$/ ? 100 : 110);
	}
}

my %name = (
	licence => 'every source has its licence line',
	width => 'no line is too wide',
	blanks => 'no line ends in blanks',
	words => 'nothing that only concerns its author',
	'line end' => 'every file ends with a line end',
);
print 'TAP version 13', "\n1..", scalar @rules, "\n";
my $n = 0;
for my $rule (@rules) {
	my @found = @{$wrong{$rule}};

	print @found ? 'not ' : '', 'ok ', ++$n, " - $name{$rule}\n";
	print "# $_\n" for @found;
}
exit(grep({ @{$wrong{$_}} } @rules) ? 1 : 0);
