#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0
# vm/heal with a debugger stub that is none: what it changes in a guest that dies, and whom it lets die.
# selftests/long/01-heal.t does it with real ones.
# Beside others: nothing is booted.
use strict;
use warnings;
no warnings 'portable';
use File::Basename;
use File::Temp qw(tempdir);
use IO::Socket::UNIX;

chdir dirname(__FILE__) . '/../../..' or die "$!\n";
my $tmp = tempdir(CLEANUP => 1);
my $count = 0;

sub check {
	my ($name, $ok, @why) = @_;

	$count++;
	print $ok ? '' : 'not ', "ok $count - $name\n";
	print "# $_\n" for $ok ? () : @why;
}

use constant {
	DIE => 0xffffffff812d8bc0, CALLER => 0xffffffff82151234, IP => 0xffffffff82158010,
	STR => 0xffffffff83000000, REGS => 0xffa0000000527c18, SP => 0xffa0000000527b00,
};

# guest STR: one that has just called die(STR, ...), for what trapped at IP - 1
sub guest {
	my ($str) = @_;
	my %memory;
	my $put = sub {
		my ($address, $bytes) = @_;
		my $i = 0;
		$memory{$address + $i++} = $_ for split //, $bytes;
	};

	$put->(STR, "$str\0......");
	$put->(REGS + 128, pack('Q<', IP));
	$put->(IP - 1, "\x0f");
	$put->(SP, pack('Q<', CALLER));
	return { memory => \%memory, put => $put, written => [], let_die => 0,
		regs => { 4 => REGS, 5 => STR, 7 => SP, 16 => DIE } };
}

sub bytes {
	my ($guest, $address, $size) = @_;

	return join '', map { $guest->{memory}{$address + $_} // '?' } 0 .. $size - 1;
}

sub answer {
	my ($guest, $packet) = @_;

	if ($packet =~ /^m([0-9a-f]+),([0-9a-f]+)$/) {
		return unpack 'H*', bytes($guest, hex $1, hex $2);
	} elsif ($packet =~ /^M([0-9a-f]+),[0-9a-f]+:([0-9a-f]+)$/) {
		push @{$guest->{written}}, hex $1;
		$guest->{put}->(hex $1, pack 'H*', $2);
	} elsif ($packet =~ /^p([0-9a-f]+)$/) {
		return unpack 'H*', pack 'Q<', $guest->{regs}{hex $1};
	} elsif ($packet =~ /^P([0-9a-f]+)=([0-9a-f]{16})$/) {
		$guest->{regs}{hex $1} = unpack 'Q<', pack 'H*', $2;
	} elsif ($packet =~ /^z1,/) {
		$guest->{let_die} = 1;
	}
	return 'OK';
}

# play REFUSAL STOP...: the stub refuses what matches REFUSAL, if that is not empty; the guest stops as
# often as there are functions, each of which makes one. What they were when they went on is returned;
# how vm/heal ended is in $status, and what it said in $said.
my ($status, $said);
sub play {
	my ($refusal, @stops) = @_;
	my (@after, $guest);

	unlink glob "$tmp/*";
	open my $ctl, '>', "$tmp/ctl";
	printf $ctl "up\ndie %x\nrun\n", DIE;
	close $ctl;
	my $listener = IO::Socket::UNIX->new(Local => "$tmp/gdb", Listen => 1) or die "$!\n";
	my $pid = fork // die "$!\n";
	if (!$pid) {
		open STDERR, '>', "$tmp/err";
		exec 'vm/heal', "$tmp/gdb", "$tmp/ctl", "$tmp/healed";
	}
	my $stub = $listener->accept;
	my $say = sub {
		my ($data) = @_;
		printf $stub '+$%s#%02x', $data, unpack '%8C*', $data;
		$stub->flush;
	};
	local $/ = '#';
	while (my $packet = <$stub>) {
		# A last acknowledgement
		last unless $packet =~ /#$/;
		read $stub, my $sum, 2;
		$packet =~ s/^\+*\$(.*)#$/$1/s;
		check('a checksum is right', 0, $packet) if hex $sum != unpack '%8C*', $packet;
		if ($refusal && $packet =~ /$refusal/) {
			$say->('E14');
		} elsif ($packet eq 'c') {
			push @after, $guest if $guest;
			if (!@stops) {
				# QEMU says that it ends
				$say->('W00');
				next;
			}
			$guest = shift(@stops)->();
			$say->('T05thread:p01.02;');
		} else {
			$say->($guest ? answer($guest, $packet) : 'OK');
		}
	}
	close $stub;
	waitpid $pid, 0;
	$status = $? >> 8;
	local $/ = undef;
	open my $err, '<', "$tmp/err";
	$said = <$err> // '';
	return @after;
}

sub lines {
	open my $in, '<', "$tmp/healed" or return 0;
	my @lines = <$in>;
	return scalar @lines;
}

print "TAP version 13\n";

my ($g) = play('', sub { guest('int3') });
check('die() returns to its caller', $g->{regs}{16} == CALLER && $g->{regs}{7} == SP + 8);
check('the instruction is executed again', unpack('Q<', bytes($g, REGS + 128, 8)) == IP - 1);
check('its first byte was written again, and is what it was',
	$g->{written}[0] == IP - 1 && bytes($g, IP - 1, 1) eq "\x0f");
check('it is told', lines() == 1);
check('and ends with the guest', $status == 0 && $said eq '', $said);

($g) = play('', sub { guest('invalid opcode') });
check('any other death takes its course', $g->{let_die} && $g->{regs}{16} == DIE && !@{$g->{written}});
check('and is not told', lines() == 0);

($g) = play('', sub { my $g = guest('int3'); $g->{regs}{16} = CALLER; $g });
check('who stops elsewhere goes on', !$g->{let_die} && $g->{regs}{16} == CALLER && !@{$g->{written}});

my @all = play('', map { sub { guest('int3') } } 1 .. 100);
check('a breakpoint that comes back a hundred times is a real one', $all[99]{let_die});
check('but not at once', !grep { $_->{let_die} } @all[0 .. 98]);

play('^Z1');
check('a stub that refuses: a sentence', $status == 1 && $said =~ /^vm\/heal: .* answers 'E14'/, $said);

for my $bad ([], ['--help', 'x'], [1, 2, 3, 4]) {
	check("arguments (@$bad) are refused", system("vm/heal @$bad 2>/dev/null") >> 8 == 2);
}
print "1..$count\n";
